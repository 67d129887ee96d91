/** C17 and C19: numbers that are given before the last step that can fail, or looked up again when they name another. */
import { type DriverDescription, fileCalls, ruleName, walk } from '../../schemas/index.ts';
import type { Client, KernelObject } from '../drm/objects.ts';
import { addTo } from '../machine/event-counter.ts';
import type { Behaviour, Scene } from '../model/scene.ts';
import type { Fence } from '../sync/fence.ts';
import { reservation, reserve } from '../sync/reservation.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

/** Calls on files that write their answer after they have given the descriptor in it. */
function installedFirst(driver: DriverDescription): Mutant[] {
  return (['dma-buf', 'sync-file'] as const)
    .flatMap(kind => fileCalls(driver, kind))
    .flatMap((call): Mutant[] => {
      const rules = [...walk(call.semantics.body)];
      const check = rules.find(rule => 'check' in rule && rule.check === 'copy-out');
      const gives = rules.some(rule => 'set' in rule && 'descriptor' in rule.to);
      if (!check || !gives) return [];
      const last = call.semantics.body.at(-1)!;
      return [
        {
          id: `installed-first.${call.id}`,
          class: 'C17',
          clauses: ['isolation.published'],
          driver: driver.name,
          summary: `${call.name} gives the descriptor before it writes its answer, which may fail.`,
          patch: [
            { remove: `${call.id}.copy-out` },
            { after: `${call.id}.${ruleName(last)}`, insert: [check] },
          ],
        },
      ];
    });
}

const SYNCOBJ = 'syncobj_handle';
const BUFFER = 'gem_handle';

function numberOf(client: Client | undefined, resource: string, object: KernelObject): bigint | undefined {
  return [...(client?.table(resource) ?? [])].find(([, named]) => named === object)?.[0];
}

/** A counter waits for whatever has the handle that it was given. */
function countersByNumber(strict: Behaviour): Behaviour {
  const waiting = new WeakMap<Client, { number: bigint; counter: KernelObject }[]>();
  const { counter_registered, syncobj_signalled } = strict.effects!;
  return {
    ...strict,
    effects: {
      ...strict.effects,
      counter_registered: (scene, of, objects) => {
        const number = numberOf(scene.client, SYNCOBJ, objects[0]!);
        if (number === undefined) counter_registered!(scene, of, objects);
        else
          waiting.set(scene.client!, [
            ...(waiting.get(scene.client!) ?? []),
            { number, counter: objects[1]! },
          ]);
      },
      syncobj_signalled: (scene, of, objects) => {
        syncobj_signalled!(scene, of, objects);
        const { client } = scene;
        const rest = (waiting.get(client!) ?? []).filter(({ number, counter }) => {
          const named = client!.table(SYNCOBJ).get(number) === objects[0];
          if (named) addTo(counter, 1n);
          return !named;
        });
        waiting.set(client!, rest);
      },
    },
  };
}

/** Who waits for a buffer waits for the jobs that were given its number. */
function jobsByNumber(strict: Behaviour): Behaviour {
  const jobs = new WeakMap<Client, { number: bigint; fence: Fence }[]>();
  const states = Object.entries(strict.states ?? {}).map(
    ([name, state]) =>
      [
        name,
        (scene: Scene, args: readonly bigint[], object: KernelObject | undefined) => {
          const number = object && numberOf(scene.client, BUFFER, object);
          for (const job of jobs.get(scene.client!) ?? [])
            if (
              object &&
              job.number === number &&
              !reservation(object).some(({ fence }) => fence === job.fence)
            )
              reserve(object, job.fence, true);
          return state(scene, args, object);
        },
      ] as const,
  );
  return {
    ...strict,
    states: Object.fromEntries(states),
    effects: {
      ...strict.effects,
      run_job: (scene, args, objects) => {
        strict.effects!.run_job!(scene, args, objects);
        for (const { object } of objects[0]!.attached ?? []) {
          const number = numberOf(scene.client, BUFFER, object);
          const fence = reservation(object).at(-1)?.fence;
          if (number !== undefined && fence)
            jobs.set(scene.client!, [...(jobs.get(scene.client!) ?? []), { number, fence }]);
        }
      },
    },
  };
}

export const numberReused: MutantSource = driver => [
  ...(carriesCore(driver) ? installedFirst(driver) : []),
  ...(carriesCore(driver)
    ? [
        {
          id: 'reuse.jobs-by-number',
          class: 'C19',
          clauses: ['isolation.reuse'],
          driver: driver.name,
          summary: 'A buffer that gets the number of one which a job has is taken for busy with that job.',
          faults: { behaviour: jobsByNumber },
        } satisfies Mutant,
      ]
    : []),
  ...(driver.name === 'accelref'
    ? [
        {
          id: 'reuse.counters-by-number',
          class: 'C19',
          clauses: ['isolation.reuse'],
          driver: driver.name,
          summary:
            'SYNCOBJ_EVENTFD keeps the handle: the counter goes up with whatever sync object has it then.',
          faults: { behaviour: countersByNumber },
        } satisfies Mutant,
      ]
    : []),
];
