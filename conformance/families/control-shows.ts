/**
 * Two histories that differ in what clients compute, and one who looks at the node for information: what he is told is
 * the same, but for what the driver lists as public.
 */
import type { Trace } from '../../schemas/index.ts';
import { addressOf, constant } from '../plan/builder.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { ControlScene, kindsOf, queriesOf, watchedQuery } from './control-scene.ts';
import { busyClient, die } from './isolation-client.ts';
import { Differential, type Watched } from './isolation-trace.ts';

const CLAUSE = 'control.interference';
const ROOM = 4096;
/** The first descriptor that a program opens. */
const FIRST = 3;
const ANY_FILE = /^(?:pos|flags|mnt_id|ino):/;
const told = (text: string) =>
  text
    .split('\n')
    .filter(line => !ANY_FILE.test(line))
    .join('\n');

interface Round {
  readonly when: string;
  /** What was asked, by the call that it is about. */
  readonly asked: readonly {
    readonly instance: string;
    readonly watched: Watched;
    /** Whatever it tells of clients, the driver says that it does. */
    readonly open?: boolean;
  }[];
}

export function shows(context: PlanContext): Case[] {
  const calls = queriesOf(context);
  const kinds = new Map(calls.map(call => [call.name, kindsOf(context, call)]));
  const scene = new ControlScene(context);
  const { builder } = scene;
  const { step, fd } = scene.control();
  const round = (when: string): Round => ({
    when,
    asked: [
      ...calls.flatMap(call =>
        kinds.get(call.name)!.map(({ pick, open }) => ({
          instance: call.name,
          open,
          watched: watchedQuery(scene, call, scene.query(fd, call, pick)),
        })),
      ),
      {
        instance: 'node',
        watched: {
          step: builder.step('read its fdinfo', 'readfile', [
            builder.path(`/proc/self/fdinfo/${FIRST}`),
            addressOf(builder.buffer(ROOM, { align: 'start' })),
            constant(ROOM),
          ]),
          label: 'its fdinfo',
          shared: [],
          text: told,
        },
      },
    ],
  });
  const [alone, again] = [round('alone'), round('alone again')];
  const busy = busyClient(builder, context);
  const rounds = [round('while a client holds much')];
  busy.unmap();
  builder.close(busy.fd, 'close the client');
  rounds.push(round('after that client'));
  const dying = busyClient(builder, context);
  dying.unmap();
  const controls = [step, busy.opened, dying.opened, ...die(builder, dying.fd)];
  rounds.push(round('after a client that died'));
  const all = [alone, again, ...rounds].flatMap(each => each.asked.map(({ watched }) => watched));
  const differential = new Differential(context, () => all, true);
  const names = [...new Set(alone.asked.map(({ instance }) => instance))];
  return [
    scene.case(
      'shows',
      names.map((instance): Instance => {
        const own = ({ asked }: Round) => asked.filter(each => each.instance === instance);
        const look = (trace: Trace) => {
          for (const [index, { watched, open }] of own(alone).entries()) {
            if (open) continue;
            const differs = (other: Round) =>
              differential.look(trace, [watched], [own(other)[index]!.watched]);
            // What moves by itself tells nothing.
            if (differs(again) !== undefined) continue;
            for (const each of rounds) {
              const found = differs(each);
              if (found !== undefined) return `${each.when}, ${found}`;
            }
          }
          return undefined;
        };
        const probes = [alone, again, ...rounds].flatMap(each =>
          own(each).map(({ watched }) => watched.step),
        );
        return { clause: CLAUSE, instance, controls, probes, about: () => false, look };
      }),
    ),
  ];
}
