/**
 * The orders in which the calls of lanes may have happened: each lane's own, and a call that had ended before another
 * began comes first. A trace of which one of them explains everything is right.
 */
import type { Section, Trace } from '../../schemas/index.ts';
import { decidedFrom, isDivisible } from './atomic.ts';
import type { StepJudgement } from './follower.ts';
import type { JudgeSetup } from './judge.ts';

/** Orders that are tried: two lanes of four steps have 70, and times leave most of them out. */
export const MOST_ORDERS = 512;

export type Orders = ReadonlyMap<number, readonly number[]>;

/** All orders of the steps of one section, those near the times first. */
export function* ordersOf(
  trace: Trace,
  section: Section,
  decided: (step: number) => bigint,
): Generator<readonly number[]> {
  const lanes = section.lanes.map(({ first, end }) => ({ next: first, end }));
  const after = (step: number) => trace.results[step]!.after;
  const from = new Map<number, bigint>();
  for (let step = section.step + 1; step < section.end; step += 1) from.set(step, decided(step));
  const order: number[] = [];
  function* go(): Generator<readonly number[]> {
    const open = lanes.filter(({ next, end }) => next < end);
    if (open.length === 0) yield [...order];
    // A step that was over before another could be decided comes before it.
    const first = open.filter(({ next }) => open.every(other => after(other.next) >= from.get(next)!));
    for (const lane of first.sort((a, b) => Number(after(a.next) - after(b.next)))) {
      order.push(lane.next);
      lane.next += 1;
      yield* go();
      lane.next -= 1;
      order.pop();
    }
  }
  yield* go();
}

/** An order for every section. */
function* combinations(
  trace: Trace,
  [section, ...rest]: readonly Section[],
  decided: (step: number) => bigint,
): Generator<Map<number, readonly number[]>> {
  if (!section) yield new Map();
  else
    for (const order of ordersOf(trace, section, decided))
      for (const others of combinations(trace, rest, decided)) yield others.set(section.step, order);
}

const wrong = (judgements: readonly StepJudgement[]) =>
  judgements.reduce((sum, { differences }) => sum + differences.length, 0);

/** The judgements in an order in which nothing is wrong; else in the one in which least is. */
export function bestOrder(
  trace: Trace,
  setup: JudgeSetup,
  sections: readonly Section[],
  judgeIn: (orders: Orders) => StepJudgement[],
): StepJudgement[] {
  let best: { judgements: StepJudgement[]; orders: Orders; count: number } | undefined;
  let tried = 0;
  for (const orders of combinations(trace, sections, step => decidedFrom(setup, trace, step))) {
    tried += 1;
    const judgements = judgeIn(orders);
    const count = wrong(judgements);
    if (!best || count < best.count) best = { judgements, orders, count };
    if (count === 0) return judgements;
    if (tried === MOST_ORDERS) break;
  }
  const { judgements, orders } = best!;
  const [first] = sections as [Section];
  const inLanes = (step: number) => sections.find(section => step > section.step && step < section.end);
  // Where not all orders were tried, or a call may be seen in parts, the one that explains all may be missing.
  const steps = judgements.map(({ step }) => step).filter(inLanes);
  if (!setup.whole && (tried === MOST_ORDERS || steps.some(step => isDivisible(setup, trace, step))))
    return judgements.map(each => (each.step > first.step ? open(each) : each));
  return judgements.map(each => {
    const section = inLanes(each.step);
    const order = section && orders.get(section.step);
    return order ? { ...each, differences: each.differences.map(one => ({ ...one, order })) } : each;
  });
}

/** What cannot be told stays unknown; a process that died shows whatever the order was. */
function open(judgement: StepJudgement): StepJudgement {
  const differences = judgement.differences.filter(({ kind }) => kind === 'status');
  return differences.length > 0
    ? { ...judgement, differences }
    : { ...judgement, state: 'unknown', differences };
}
