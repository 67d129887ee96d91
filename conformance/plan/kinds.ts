/** Which kinds of a good call this device takes: a chip may lack what others of its driver have. */
import type { CallDescription } from '../../schemas/index.ts';
import { ProgramBuilder } from './builder.ts';
import { CallMaker } from './call-maker.ts';
import { O_RDWR, type PlanContext } from './context.ts';
import { type Ending, model } from './model.ts';
import { byDevice } from './once.ts';
import { payloads } from './payloads.ts';

const known = byDevice<readonly boolean[]>();

/** The kind that is wanted, or where the device refuses it the next one that it takes. */
export function kindHere(context: PlanContext, call: CallDescription, wanted: number): number {
  const count = payloads(call).length;
  const taken = takenOf(context, call);
  for (let further = 0; further < count; further += 1) {
    const kind = (wanted + further) % count;
    if (taken[kind]) return kind;
  }
  return wanted % count;
}

function takenOf(context: PlanContext, call: CallDescription): readonly boolean[] {
  const calls = known(context);
  let taken = calls.get(call.name);
  if (!taken) {
    // Where a kind needs another call of its own to be made, any will do.
    calls.set(
      call.name,
      payloads(call).map(() => true),
    );
    taken = ask(context, call);
    calls.set(call.name, taken);
  }
  return taken;
}

const good = ({ errno, open }: Ending) => errno === undefined || open === true;

/** Each kind on a descriptor of its own, since one may leave something behind that another needs not to be there. */
function ask(context: PlanContext, call: CallDescription): boolean[] {
  const builder = new ProgramBuilder();
  const made = payloads(call).map(payload => {
    const maker = new CallMaker(builder, context);
    const { fd } = builder.open(context.nodePath, O_RDWR);
    const on = maker.descriptorFor(fd, call);
    const able = on && payload.build(maker, fd, call, () => 0);
    const steps = able && [...able.setup, maker.call(on.fd, call, able.values)];
    builder.close(fd);
    return steps;
  });
  const outcomes = model(context, builder.build());
  return made.map(steps => steps?.every(step => good(outcomes[step]!)) ?? false);
}
