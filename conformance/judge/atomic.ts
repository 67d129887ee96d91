/** Calls that are not decided at one point of time between their beginning and their end. */
import {
  type CallDescription,
  deadlineErrnos,
  errnoName,
  layoutOf,
  littleEndian,
  sectionsOf,
  type Trace,
  type Value,
  walk,
} from '../../schemas/index.ts';
import type { JudgeSetup } from './judge.ts';
import { callOfStep } from './step-call.ts';

/**
 * How much before its deadline a wait may have looked last: one that is woken so late that nothing of its time is left
 * takes the end of a fence for its deadline (drivers/dma-buf/dma-fence.c: dma_fence_default_wait).
 */
const WOKEN_LATE_NS = 200_000_000n;

/** A value as the step had it; undefined when it came from memory. */
function numberIn(trace: Trace, step: number, value: Value): bigint | undefined {
  if (value.kind === 'const') return value.value;
  if (value.kind === 'address') return undefined;
  const { slot, shift = 0, mask = 0xffff_ffff_ffff_ffffn, add = 0n } = value;
  for (let before = step - 1; before >= 0; before -= 1) {
    const capture = trace.program.steps[before]!.captures?.find(each => each.slot === slot);
    if (!capture) continue;
    const kept = capture.from === 'return' ? trace.results[before]?.ret : undefined;
    return kept === undefined
      ? undefined
      : BigInt.asUintN(64, ((BigInt.asUintN(64, kept) >> BigInt(shift)) & mask) + add);
  }
  return undefined;
}

/** A member of a call's argument as the step had it; undefined where the step did not store it. */
function member(
  { driver, abi }: Pick<JudgeSetup, 'driver' | 'abi'>,
  trace: Trace,
  step: number,
  call: CallDescription,
  name: string,
): bigint | undefined {
  const { args, fills = [], patches = [] } = trace.program.steps[step]!;
  const argument = args[2];
  if (argument?.kind !== 'address' || !call.argument) return undefined;
  const field = layoutOf(driver.types, call.argument, abi).fields.find(({ path }) => path === name);
  if (!field) return undefined;
  const at = Number(argument.offset ?? 0n) + field.offset;
  const patch = patches.findLast(each => each.buffer === argument.buffer && each.offset === at);
  if (patch) return numberIn(trace, step, patch.value);
  const fill = fills.findLast(
    ({ buffer, offset, bytes }) =>
      buffer === argument.buffer && offset <= at && at + field.size <= offset + bytes.length,
  );
  if (!fill) return undefined;
  const bytes = fill.bytes.subarray(at - fill.offset, at - fill.offset + field.size);
  return littleEndian(bytes);
}

/**
 * When a call was decided at the earliest. A wait that ran out has looked once more at its deadline
 * (drivers/gpu/drm/drm_syncobj.c:1137), so it has seen what had happened before.
 */
export function decidedFrom(setup: Pick<JudgeSetup, 'driver' | 'abi'>, trace: Trace, step: number): bigint {
  const { before, after, errno } = trace.results[step]!;
  const waited = errno === 0 ? undefined : callOfStep(setup.driver, trace.program.steps[step]!);
  const ranOut = deadlineErrnos(waited?.semantics.body ?? []).includes(errnoName(errno) ?? '');
  const call = ranOut ? waited : undefined;
  const timeout = Object.entries(call?.semantics.fields ?? {}).find(
    ([, { role, clock }]) => role === 'timeout' && clock === 'absolute',
  );
  const deadline = timeout && member(setup, trace, step, call!, timeout[0]);
  // What a wait holds lives on for it: it may have looked things up before they were given up, and run out later.
  if (deadline === undefined || othersGiveUp(setup, trace, step)) return before;
  const last = BigInt.asIntN(64, deadline) - WOKEN_LATE_NS;
  return last > after ? after : last > before ? last : before;
}

/** Whether another lane gives up a handle, a descriptor or the device. */
function othersGiveUp(setup: Pick<JudgeSetup, 'driver' | 'abi'>, trace: Trace, step: number): boolean {
  const section = sectionsOf(trace.program).find(each => step > each.step && step < each.end);
  const others = section?.lanes.filter(({ first, end }) => step < first || step >= end) ?? [];
  return others.some(({ first, end }) =>
    trace.program.steps.slice(first, end).some(({ op }, index) => {
      if (op === 'close' || op === 'writefile') return true;
      const body = callOfStep(setup.driver, trace.program.steps[first + index]!)?.semantics.body ?? [];
      return walk(body).some(rule => 'release' in rule || ('effect' in rule && rule.effect === 'unplug'));
    }),
  );
}

/** Whether a call does its work one element after the other, and has several. */
export function isDivisible(setup: Pick<JudgeSetup, 'driver' | 'abi'>, trace: Trace, step: number): boolean {
  // The offset is looked up first, then the right to it is checked (drivers/gpu/drm/drm_gem.c:1281).
  if (trace.program.steps[step]!.op === 'mmap') return errnoName(trace.results[step]!.errno) === 'EACCES';
  const call = callOfStep(setup.driver, trace.program.steps[step]!);
  if (!call) return false;
  return walk(call.semantics.body).some(rule => {
    if (!('each' in rule)) return false;
    const { count } = rule;
    if (typeof count !== 'object' || !('field' in count)) return false;
    return (member(setup, trace, step, call, count.field) ?? 2n) > 1n;
  });
}
