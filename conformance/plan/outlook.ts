/** What the model says of a call's good arguments on this device: some calls are refused whatever they are given. */
import {
  FileTree,
  firstCheck,
  Machine,
  nodeKindOf,
  nodeNames,
  type StepOutcome,
} from '../../reference/index.ts';
import type { CallDescription, CheckRule, DriverDescription, Program } from '../../schemas/index.ts';
import { ProgramBuilder } from './builder.ts';
import { CallMaker } from './call-maker.ts';
import { contextKey, O_RDWR, type PlanContext } from './context.ts';

/** How a step ends on the model. */
export interface Ending extends StepOutcome {
  /** How long it takes, as far as it waits for something, in ns. */
  readonly took: bigint;
}

/** Runs a program on the model of the strict driver; every step's outcome. */
export function model(context: PlanContext, program: Program): Ending[] {
  const { driver, hello, params, minor, nodePath } = context;
  const files = new FileTree();
  const { major } = nodeNames(nodeKindOf(nodePath), minor);
  files.add(nodePath, { kind: 'character', major, minor, mode: 0 });
  let now = 0n;
  const clock = {
    now: () => now,
    sleep: (until: bigint) => {
      now = until;
    },
  };
  const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
  const machine = new Machine({ ...setup, oracle: firstCheck, files, clock }, program);
  return program.steps.map(step => {
    machine.prepare(step);
    now += 1000n;
    const before = now;
    const outcome = machine.run(step);
    machine.capture(step, outcome.ret);
    return { ...outcome, took: now - before };
  });
}

/** How a call with good arguments ends. */
export type Outlook =
  | { readonly kind: 'succeeds' }
  /** The device or the caller lacks something: no argument helps. */
  | { readonly kind: 'refused'; readonly check: CheckRule }
  /** Nothing makes what the call needs. */
  | { readonly kind: 'nothing to call it with' };

/** By driver, and by device and call: runs that differ in what answers only share them. */
const known = new WeakMap<DriverDescription, Map<string, Map<string, Outlook>>>();

function knownFor(context: PlanContext): Map<string, Outlook> {
  let devices = known.get(context.driver);
  if (!devices) {
    devices = new Map();
    known.set(context.driver, devices);
  }
  const key = contextKey(context);
  let calls = devices.get(key);
  if (!calls) {
    calls = new Map();
    devices.set(key, calls);
  }
  return calls;
}

export function outlook(context: PlanContext, call: CallDescription): Outlook {
  const calls = knownFor(context);
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
