/** Ten thousand rounds of making and giving up, and of calls that fail: nothing is left of them, in numbers or memory. */
import { applyPatch, type CallDescription, type CheckRule, type Trace } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { offered } from '../plan/outlook.ts';
import { breaking, payloads } from '../plan/payloads.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { type Balance, leak, meminfo } from './memory.ts';
import { makeAndRelease, moved, numbersOf } from './numbers.ts';
import { type Refusal, refusals } from './refusal.ts';
import { textSeen } from './seen.ts';

const CLAUSE = 'handle.balance';
/** Each half of the ten thousand: what grows in one half only was not lost by the rounds. */
const HALF = 5000;
/** Emulated machines take up to a millisecond a call; the executor stops after four fifths. */
const ROUNDS_DEADLINE_MS = 120_000;
/** Objects are freed after a grace period of the kernel's, tens of milliseconds; emulated machines need more. */
const SETTLE_MS = 500;
const MEMINFO = '/proc/meminfo';
const MEMINFO_ROOM = 4096;

export function balanceFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call => {
    const rounds = `${call.name}.rounds`;
    const wanted = (name: string) => context.wanted?.({ clause: CLAUSE, instance: name }) !== false;
    return [
      ...(releasable(context, call) && wanted(rounds) ? [made(context, call, rounds)] : []),
      ...(wanted(call.name) ? refused(context, call) : []),
    ];
  });
}

function releasable(context: PlanContext, call: CallDescription): boolean {
  const maker = new CallMaker(new ProgramBuilder(), context);
  const resource = maker.creates(call)?.resource;
  return resource !== undefined && maker.releaser(resource) !== undefined;
}

/** Rounds of one call that makes a handle and the one that gives it up. */
function made(context: PlanContext, call: CallDescription, instance: string): Case {
  const sandwich = new Sandwich(context, call);
  return around(context, call, instance, sandwich, () => {
    const { maker, on } = sandwich;
    const values = sandwich.arguments();
    const first = maker.call(on, call, values, { label: `${call.name} (a round)` });
    const handle = slotValue(sandwich.builder.lastSlot);
    const release = maker.releaser(maker.creates(call)!.resource)!;
    const label = `${release.call.name} (a round)`;
    const last = maker.call(
      sandwich.fd,
      release.call,
      { ...release.beside, [release.field]: handle },
      { label },
    );
    sandwich.controls.push(first, last);
    return [{ first, count: 2 }];
  });
}

/** What the file is in the wrong state for is refused only until something else of the program changes that. */
const ofTheFile = ({ when }: CheckRule) =>
  'model' in when && when.object === undefined && (when.of ?? []).length === 0;

/**
 * Rounds of every call that one of the checks refuses, but for those that a state has to come before: it does not last
 * beside others. One program for each kind of good call that is changed.
 */
function refused(context: PlanContext, call: CallDescription): Case[] {
  const kinds = new Map<number, Refusal[]>();
  for (const refusal of refusals(
    context,
    (other, check) =>
      other === call &&
      !accepted(context, call, check) &&
      breaking(call, check.check).length === 0 &&
      !ofTheFile(check),
  )) {
    const kind = refusal.pick?.('payload', payloads(call).length) ?? 0;
    kinds.set(kind, [...(kinds.get(kind) ?? []), refusal]);
  }
  return [...kinds].map(([kind, list], index) => {
    const name = index === 0 ? call.name : `${call.name}.${payloads(call)[kind]!.label.replaceAll(' ', '-')}`;
    const sandwich = new Sandwich(context, call, list[0]!.pick);
    return around(context, call, name, sandwich, () => {
      const rounds = list.map(each => once(sandwich, each));
      const { driver } = context;
      const asFound = applyPatch(
        driver,
        driver.deviations.flatMap(({ patch }) => patch),
      );
      const outcomes = model({ ...context, driver: asFound }, sandwich.builder.build());
      // The first job of a refused batch may run: thousands of them are not done when the memory is read.
      return rounds.filter(({ first }) => !outcomes[first]?.begun);
    });
  });
}

/** On record as not checked: thousands of calls that succeed are no refused ones, and may keep the device busy. */
function accepted({ driver }: PlanContext, call: CallDescription, check: CheckRule): boolean {
  return driver.deviations.some(({ patch }) =>
    patch.some(edit => 'remove' in edit && edit.remove === `${call.id}.${check.check}`),
  );
}

function once(sandwich: Sandwich, { call, changes }: Refusal): Round {
  const base = sandwich.arguments();
  const [change] = changes(sandwich);
  const values = { ...base, ...change!.values(base) };
  const first = sandwich.maker.call(sandwich.on, call, values, { label: `${call.name}: ${change!.title}` });
  return { first, count: 1 };
}

interface Round {
  readonly first: number;
  readonly count: number;
}

/** Numbers and memory before, the rounds in two halves, numbers and memory after. */
function around(
  context: PlanContext,
  call: CallDescription,
  instance: string,
  sandwich: Sandwich,
  prepare: () => Round[],
): Case {
  const { builder } = sandwich;
  const numbers = numbersOf(context);
  const readings: { step: number; buffer: number }[] = [];
  const repeats: Repeat[] = [];
  const after: number[] = [];
  const number = () => numbers.flatMap(each => makeAndRelease(sandwich, each));
  const read = () => {
    builder.step('let the kernel free what it has put off', 'sleep', [constant(SETTLE_MS)]);
    const buffer = builder.buffer(MEMINFO_ROOM, { align: 'start' });
    const args = [builder.path(MEMINFO), addressOf(buffer), constant(MEMINFO_ROOM)];
    readings.push({ step: builder.step(`read ${MEMINFO}`, 'readfile', args), buffer });
  };
  if (sandwich.good) {
    const rounds = prepare();
    sandwich.controls.push(...number(), ...number());
    read();
    read();
    for (let half = 0; half < 2; half += 1) {
      for (const { first, count } of rounds) {
        const args = [constant(first), constant(count), constant(HALF)];
        const label = `${HALF} rounds of step ${first}`;
        const step = builder.step(label, 'repeat', args, { deadline: ROUNDS_DEADLINE_MS });
        repeats.push({ step, first });
      }
      read();
    }
    // What is no longer there after the rounds is what the clause is about, so these are no controls.
    after.push(...number());
  }
  return {
    name: `${call.semantics.key}${instance.slice(call.name.length) || '.refused'}`,
    family: 'balance',
    twice: true,
    program: builder.build(),
    labels: builder.labels,
    instances: [
      {
        clause: CLAUSE,
        instance,
        ...sandwich.steps(),
        probes: [...repeats.map(({ step }) => step), ...after],
        // How a call ends, and what it writes, is the business of other families; here it is that it ends alike.
        about: ({ kind, step }) => kind === 'status' || (kind === 'outcome' && after.includes(step)),
        look: trace =>
          unlike(trace, repeats) ?? moved(trace, numbers) ?? leak(balances(trace, readings), HALF),
      },
    ],
  };
}

interface Repeat {
  readonly step: number;
  readonly first: number;
}

/** Rounds that ended another way than the first time; those that there was no time for are none. */
function unlike(trace: Trace, repeats: readonly Repeat[]): string | undefined {
  for (const { step, first } of repeats) {
    const result = trace.results[step];
    if (result?.status !== 'done' || result.ret >= BigInt(HALF)) continue;
    const late = result.after - result.before >= (BigInt(ROUNDS_DEADLINE_MS) * 1_000_000n * 4n) / 5n;
    if (!late) return `step ${step}: only ${result.ret} of ${HALF} rounds ended as step ${first} did`;
  }
  return undefined;
}

function balances(
  trace: Trace,
  readings: readonly { step: number; buffer: number }[],
): (Balance | undefined)[] {
  return readings.map(({ step, buffer }) => {
    const text = textSeen(trace, step, buffer);
    return text === undefined ? undefined : meminfo(text);
  });
}
