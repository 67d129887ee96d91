/** What the model says of a call's good arguments on this device: some calls are refused whatever they are given. */
import type { CallDescription, CheckRule } from '../../schemas/index.ts';
import { ProgramBuilder } from './builder.ts';
import { CallMaker } from './call-maker.ts';
import { O_RDWR, type PlanContext } from './context.ts';
import { model } from './model.ts';
import { byDevice } from './once.ts';

/** How a call with good arguments ends. */
export type Outlook =
  | { readonly kind: 'succeeds' }
  /** The device or the caller lacks something: no argument helps. */
  | { readonly kind: 'refused'; readonly check: CheckRule }
  /** Nothing makes what the call needs. */
  | { readonly kind: 'nothing to call it with' };

const known = byDevice<Outlook>();

export function outlook(context: PlanContext, call: CallDescription): Outlook {
  const calls = known(context);
  let found = calls.get(call.name);
  if (!found) {
    // A call that needs itself to be made has nothing to be called with.
    calls.set(call.name, { kind: 'nothing to call it with' });
    found = ask(context, call);
    calls.set(call.name, found);
  }
  return found;
}

function ask(context: PlanContext, call: CallDescription): Outlook {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const on = maker.descriptorFor(fd, call);
  if (!on) return { kind: 'nothing to call it with' };
  const made = maker.goodArguments(fd, call);
  // Without what it needs a call may still be refused for what the device lacks.
  const step = maker.call(on.fd, call, made?.values ?? {});
  const outcomes = model(context, builder.build());
  const { rule, errno, open } = outcomes[step]!;
  if (errno === undefined) return made ? { kind: 'succeeds' } : { kind: 'nothing to call it with' };
  if (open || !rule) return { kind: 'nothing to call it with' };
  if (!made && !aboutDevice(rule)) return { kind: 'nothing to call it with' };
  return { kind: 'refused', check: rule };
}

/** The calls of which some can succeed here, as far as their own arguments go. */
export function offered(context: PlanContext, calls: readonly CallDescription[]): CallDescription[] {
  return calls.filter(call => outlook(context, call).kind !== 'refused');
}

/** Whether a check looks at the device or the caller only. */
function aboutDevice(check: CheckRule): boolean {
  return check.clause === 'argument.feature' || check.clause.startsWith('dispatch.');
}
