/** The numbers that new handles get: where nothing was lost, the next is the one that was given up last. */
import type { Trace } from '../../schemas/index.ts';
import { ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { offered } from '../plan/outlook.ts';
import { allCreatedBy } from '../plan/resources.ts';
import type { Sandwich } from '../plan/sandwich.ts';
import { numberSeen } from './seen.ts';

/** The numbers that a new handle of a resource gets, one after the other, each given up again. */
export interface Numbers {
  readonly resource: string;
  readonly steps: { readonly step: number; readonly slot: number }[];
}

/** The lowest number that no open file has is the next one's. */
const DESCRIPTOR = 'descriptor';

/** One list for each kind of handle that can be made from nothing and given up. */
export function numbersOf(context: PlanContext): Numbers[] {
  const maker = new CallMaker(new ProgramBuilder(), context);
  const calls = [...context.driver.calls.values()].filter(call => call.request);
  const all = offered(context, calls).flatMap(call => allCreatedBy(call).map(({ resource }) => resource));
  const resources = [...new Set(all)]
    .filter(resource => maker.releaser(resource) !== undefined)
    .filter(resource => makeable(context, resource))
    .map(resource => ({ resource, steps: [] }));
  return [...resources, { resource: DESCRIPTOR, steps: [] }];
}

const known = new WeakMap<PlanContext, Map<string, boolean>>();

/** Whether a handle of the resource can be made on this device. */
function makeable(context: PlanContext, resource: string): boolean {
  const found = known.get(context) ?? new Map<string, boolean>();
  known.set(context, found);
  const before = found.get(resource);
  if (before !== undefined) return before;
  const builder = new ProgramBuilder();
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const made = new CallMaker(builder, context).freshHandle(fd, resource);
  const can = made !== undefined && model(context, builder.build())[made.step]!.errno === undefined;
  found.set(resource, can);
  return can;
}

/** Makes a handle and gives it up again; the steps that have to succeed. */
export function makeAndRelease({ builder, maker, fd }: Sandwich, { resource, steps }: Numbers): number[] {
  if (resource === DESCRIPTOR) {
    const slot = builder.slot();
    const captures = [{ slot, from: 'return' as const }];
    const step = builder.step('dup (for its number)', 'dup', [fd], { captures });
    steps.push({ step, slot });
    return [step, builder.close(slotValue(slot), 'close (gives the number back)')];
  }
  const { step } = maker.freshHandle(fd, resource)!;
  const slot = builder.lastSlot;
  steps.push({ step, slot });
  const { call, field, beside } = maker.releaser(resource)!;
  const label = `${call.name} (gives the number back)`;
  return [step, maker.call(fd, call, { ...beside, [field]: slotValue(slot) }, { label })];
}

/** Of every three numbers: the first where the third is not what both others were. */
export function moved(trace: Trace, numbers: readonly Numbers[]): string | undefined {
  for (const { resource, steps } of numbers) {
    const seen = steps.map(({ step, slot }) => numberSeen(trace, step, slot));
    for (let at = 0; at + 2 < seen.length; at += 3) {
      const [first, second, after] = [seen[at], seen[at + 1], seen[at + 2]];
      // A driver that never gives a number twice in a row says nothing this way.
      if (first === undefined || first !== second || after === undefined || after === second) continue;
      return `step ${steps[at + 2]!.step}: a new ${resource} was ${second} before, and is ${after} now`;
    }
  }
  return undefined;
}
