/**
 * The kinds of a good call on this device: which it takes, since a chip may lack what others of its driver have, and
 * which come to a check.
 */
import type { CallDescription, CheckRule, Rule } from '../../schemas/index.ts';
import { ProgramBuilder } from './builder.ts';
import { CallMaker } from './call-maker.ts';
import { O_RDWR, type PlanContext } from './context.ts';
import { type Ending, model } from './model.ts';
import { byDevice } from './once.ts';
import { payloads } from './payloads.ts';

interface Kind {
  /** Whether the device takes it. */
  readonly taken: boolean;
  /** The rules that it comes to. */
  readonly rules: ReadonlySet<Rule>;
}

const known = byDevice<readonly Kind[]>();

/** The kind that is wanted, or where the device refuses it the next one that it takes. */
export function kindHere(context: PlanContext, call: CallDescription, wanted: number): number {
  const count = payloads(call).length;
  const kinds = kindsOf(context, call);
  for (let further = 0; further < count; further += 1) {
    const kind = (wanted + further) % count;
    if (kinds[kind]?.taken) return kind;
  }
  return wanted % count;
}

/** The kinds to change where one of these checks shall refuse, those first that come to one. */
export function kindsToTry(
  context: PlanContext,
  call: CallDescription,
  checks: readonly CheckRule[],
): number[] {
  const kinds = [...kindsOf(context, call)];
  if (kinds.length === 0) return [0];
  const comes = (kind: number) => checks.some(check => kinds[kind]!.rules.has(check));
  return [...kinds.keys()].sort((a, b) => Number(comes(b)) - Number(comes(a)));
}

function kindsOf(context: PlanContext, call: CallDescription): readonly Kind[] {
  const calls = known(context);
  let kinds = calls.get(call.name);
  if (!kinds) {
    // Where a kind needs another call of its own to be made, any will do.
    calls.set(
      call.name,
      payloads(call).map(() => ({ taken: true, rules: new Set<Rule>() })),
    );
    kinds = ask(context, call);
    calls.set(call.name, kinds);
  }
  return kinds;
}

const good = ({ errno, open }: Ending) => errno === undefined || open === true;

/** Each kind on a descriptor of its own, since one may leave something behind that another needs not to be there. */
function ask(context: PlanContext, call: CallDescription): Kind[] {
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
  const rules = new Map(made.map(steps => [steps?.at(-1), new Set<Rule>()]));
  const outcomes = model(context, builder.build(), (step, rule) => rules.get(step)?.add(rule));
  return made.map(steps => ({
    taken: steps?.every(step => good(outcomes[step]!)) ?? false,
    rules: rules.get(steps?.at(-1))!,
  }));
}
