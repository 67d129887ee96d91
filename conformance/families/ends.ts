/** How changes of a good call end on the model. */
import type { CallDescription } from '../../schemas/index.ts';
import type { Arguments } from '../plan/arguments.ts';
import type { Pick } from '../plan/call-maker.ts';
import type { PlanContext } from '../plan/context.ts';
import { type Ending, model } from '../plan/model.ts';
import { Sandwich } from '../plan/sandwich.ts';
import type { Change } from './search.ts';

/** So many programs share what good calls are made of among the changes; then each change gets its own. */
const SHARED = 2;

export interface Trial {
  /** The changes of one kind of good call, the same ones for each sandwich of that kind. */
  changes(sandwich: Sandwich): readonly Change[];
  /** What comes right before a changed call. */
  before?(sandwich: Sandwich, values: Arguments): void;
}

/** Whether a call has used up what it was given, or may have: refused at once it leaves everything as it was. */
const spends = ({ errno, begun, changed, open }: Ending) =>
  errno === undefined || begun === true || changed === true || open === true;

/**
 * Most changes are refused, and then the same arguments serve for the next one: to make them again for each takes most
 * of the steps.
 */
export function endsOf(
  context: PlanContext,
  call: CallDescription,
  pick: Pick | undefined,
  trial: Trial,
): { ends: Ending[]; changes: readonly Change[] } {
  const ends: Ending[] = [];
  for (let round = 0; ; round += 1) {
    const sandwich = new Sandwich(context, call, pick, 'none');
    const changes = sandwich.good ? trial.changes(sandwich) : [];
    if (ends.length === changes.length) return { ends, changes };
    const shared = round < SHARED ? sandwich.arguments() : undefined;
    for (const change of changes.slice(ends.length)) {
      const values = shared ?? sandwich.arguments();
      trial.before?.(sandwich, values);
      sandwich.probe({ ...values, ...change.values(values) }, change.title);
    }
    const outcomes = model(context, sandwich.builder.build());
    const made = sandwich.probes.map(probe => outcomes[probe]!);
    const spent = shared ? made.findIndex(spends) : -1;
    ends.push(...(spent < 0 ? made : made.slice(0, spent + 1)));
    if (ends.length === changes.length) return { ends, changes };
  }
}
