/** C18, C19, C29 to C31: work on the device that never ends, ends too early or in another order, or is lost. */
import type { ClauseId } from '../../spec/index.ts';
import type { Client, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Scene } from '../model/scene.ts';
import type { Fence } from '../sync/fence.ts';
import { reservation } from '../sync/reservation.ts';
import type { Mutant, MutantSource } from './mutant.ts';

type Change = (fence: Fence, scene: Scene, job: KernelObject) => void;

/** The fences that a job has just put on its buffers. */
function fencesOf(job: KernelObject): Fence[] {
  return (job.attached ?? []).flatMap(({ object }) => reservation(object).at(-1)?.fence ?? []);
}

/** Every job is queued as it should be, and then its fence is changed. */
export function afterQueueing(
  change: Change,
  effect: 'run_job' | 'start_job' = 'run_job',
): (strict: Behaviour) => Behaviour {
  return strict => ({
    ...strict,
    effects: {
      ...strict.effects,
      [effect]: (scene, args, objects) => {
        strict.effects![effect]!(scene, args, objects);
        for (const fence of new Set(fencesOf(objects[0]!))) change(fence, scene, objects[0]!);
      },
    },
  });
}

export const never = (fence: Fence) => {
  fence.endsAt = undefined;
};

/** The work looks its buffers up by handle when it is done: without the handle it is never done. */
function keepsHandles(fence: Fence, { client }: Scene, job: KernelObject): void {
  const end = fence.endsAt;
  // It may end after a later one that has all its handles.
  fence.implies = [];
  const named = () => (job.attached ?? []).every(({ object }) => client!.holds(object));
  Object.defineProperty(fence, 'endsAt', { get: () => (named() ? end : undefined) });
}

/** A client that goes takes the queue with it: no later job ends. */
function stuckAfterClose(strict: Behaviour): Behaviour {
  const stuck = new WeakSet<object>();
  const queue = afterQueueing((fence, { device }) => {
    if (stuck.has(device)) never(fence);
  })(strict);
  return {
    ...queue,
    closed: (device, client, clock) => {
      if (busy(client)) stuck.add(device);
      strict.closed?.(device, client, clock);
    },
  };
}

function busy(client: Client): boolean {
  return [...client.table('gem_handle').values()].some(object => reservation(object).length > 0);
}

const FAULTS: readonly [
  name: string,
  kind: string,
  clauses: readonly ClauseId[],
  behaviour: (strict: Behaviour) => Behaviour,
  summary: string,
][] = [
  [
    'never-ends',
    'C30',
    ['job.completion', 'job.recovery', 'job.order', 'job.references'],
    afterQueueing(never),
    'The fence of a job never signals.',
  ],
  [
    'later-first',
    'C31',
    ['job.order'],
    afterQueueing((fence, { clock }) => {
      if (fence.implies.length === 0) return;
      fence.endsAt = clock.now();
      fence.implies = [];
    }),
    'A job that waits for others of its file is taken as done.',
  ],
  [
    'hangs-for-ever',
    'C30',
    ['job.failure'],
    afterQueueing((fence, { device }) => {
      if (device.mood === 'hang') never(fence);
    }),
    'Nothing ends a job that hangs.',
  ],
  [
    'failure-as-success',
    'C29',
    ['job.failure'],
    afterQueueing(fence => {
      fence.error = 0;
    }),
    'The sync file of a job that failed says that it went well.',
  ],
  [
    'keeps-handles',
    'C19',
    ['job.references'],
    afterQueueing(keepsHandles),
    'A job looks its buffers up by their handles in the end: when one was closed it never ends.',
  ],
  [
    'close-sticks',
    'C18',
    ['job.close'],
    stuckAfterClose,
    'A client that goes with work in flight leaves the queue stuck.',
  ],
];

export const job: MutantSource = (driver): Mutant[] =>
  driver.name === 'ethosu'
    ? FAULTS.map(([name, kind, clauses, behaviour, summary]) => ({
        id: `job.${name}`,
        class: kind,
        clauses,
        driver: driver.name,
        summary,
        faults: { behaviour },
      }))
    : [];
