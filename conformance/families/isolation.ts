/** What one client does or leaves shows in no other: not in what the other is told, and not in what its memory holds. */
import type { Trace } from '../../schemas/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import type { Case, Instance } from '../plan/case.ts';
import { closingEarly } from '../plan/closing.ts';
import type { PlanContext } from '../plan/context.ts';
import { busyClient, die, type Piece, Place, pieceNames, watch, watchedClient } from './isolation-client.ts';
import { published } from './isolation-published.ts';
import { reuse } from './isolation-reuse.ts';
import { secrets } from './isolation-secret.ts';
import { Differential, type Watched } from './isolation-trace.ts';

const INTERFERENCE = 'isolation.interference';

export function isolationFamily(context: PlanContext): Case[] {
  return [...interference(context), ...secrets(context), ...published(context), ...reuse(context)];
}

/** The same client four times: alone, beside one that holds much, after it has closed, and after one has died. */
function interference(context: PlanContext): Case[] {
  const wanted = (instance: string) => context.wanted?.({ clause: INTERFERENCE, instance }) !== false;
  if (!pieceNames(context).some(wanted)) return [];
  const builder = new ProgramBuilder();
  const place = new Place(builder, context);
  const alone = watchedClient(builder, context, place);
  const controls: number[] = [alone.opened];
  const runs: { when: string; pieces: readonly Piece[] }[] = [];
  const again = (when: string) => {
    const { opened, pieces } = watchedClient(builder, context, place);
    controls.push(opened);
    runs.push({ when, pieces });
  };
  const busy = busyClient(builder, context);
  again('beside another client');
  busy.unmap();
  controls.push(busy.opened, builder.close(busy.fd, 'close the other client'));
  again('after another client');
  const dying = busyClient(builder, context);
  // A mapping would stay in this process when the other is killed.
  dying.unmap();
  controls.push(dying.opened, ...die(builder, dying.fd));
  again('after a client that died');
  const { labels } = builder;
  const program = builder.build();
  const pieces = [alone.pieces, ...runs.map(run => run.pieces)];
  const watched = pieces.map(run => run.map(piece => watch(context, program, labels, piece)));
  const all = watched.flat(2);
  const differential = new Differential(context, () => all);
  const instances = alone.pieces.map((piece, index): Instance => {
    const [first, ...others] = watched.map(run => run[index]!) as [Watched[], ...Watched[][]];
    const look = (trace: Trace) => {
      for (const [run, other] of others.entries()) {
        const found = differential.look(trace, first, other);
        if (found !== undefined) return `${runs[run]!.when}, ${found}`;
      }
      return undefined;
    };
    const made = (trace: Trace) => piece.main.some(step => trace.results[step]?.errno === 0);
    return {
      clause: INTERFERENCE,
      instance: piece.instance,
      controls,
      probes: pieces.flatMap(run => run[index]!.main),
      // What a call has to give is the business of other clauses; here it is that it gives the same.
      about: () => false,
      look,
      missed: trace => (made(trace) ? undefined : 'no call of this kind succeeds here alone'),
    };
  });
  const tier = closingEarly(context);
  return [{ ...tier, name: 'interference', family: 'isolation', program, labels, instances }];
}
