/** What a refused call leaves behind: nothing. The next handle has the number it would have had, and the call repeats. */
import type { CallDescription, CheckRule } from '../../schemas/index.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { makeAndRelease, moved, numbersOf } from './numbers.ts';
import { type Refusal, refusals } from './refusal.ts';
import { isRefused } from './seen.ts';

const CLAUSE = 'output.nothing-changed';

export function unchangedFamily(context: PlanContext): Case[] {
  const wanted = (call: CallDescription, check: CheckRule) =>
    context.wanted?.({ clause: CLAUSE, instance: `${call.name}.${check.check}` }) !== false;
  return refusals(context, wanted).map(refusal => unchanged(context, refusal));
}

function unchanged(context: PlanContext, refusal: Refusal): Case {
  const { call, check } = refusal;
  const sandwich = new Sandwich(context, call, refusal.pick);
  const { builder, maker, on, controls } = sandwich;
  const refused: number[] = [];
  const repeated: number[] = [];
  const numbers = numbersOf(context);
  const look = (into: number[]) => {
    for (const each of numbers) into.push(...makeAndRelease(sandwich, each));
  };
  for (const change of refusal.changes(sandwich)) {
    const values = sandwich.arguments();
    const changed = { ...values, ...change.values(values) };
    // Twice: whether the driver gives a free number again at all.
    look(controls);
    look(controls);
    refused.push(maker.call(on, call, changed, { label: `${call.name}: ${change.title}` }));
    look(repeated);
    repeated.push(maker.call(on, call, values, { label: `${call.name} (the same as it should be)` }));
  }
  const instance: Instance = {
    clause: CLAUSE,
    instance: `${call.name}.${check.check}`,
    ...sandwich.steps(),
    probes: [...refused, ...repeated],
    about: ({ step, kind, inArgument }) =>
      repeated.includes(step) ? kind === 'outcome' : kind === 'bytes' && inArgument !== true,
    // A call that was accepted has every right to leave something.
    look: trace => (refused.every(step => isRefused(trace, step)) ? moved(trace, numbers) : undefined),
  };
  return {
    name: `${call.semantics.key}.${check.check}.unchanged`,
    family: 'unchanged',
    program: builder.build(),
    labels: builder.labels,
    instances: [instance],
  };
}
