/** The programs of a comparison without traces: the cases of the families, then random programs. */
import { catalogue } from '../../schemas/index.ts';
import { planCases } from '../families/index.ts';
import { randomCase } from '../families/model.ts';
import { type Case, isAtLeast } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { KERNEL_CLAUSES } from '../run/kernel-watch.ts';
import { caseName } from '../run/reporter.ts';
import type { Selection } from '../run/select.ts';
import type { Candidate } from './candidate.ts';

const KERNEL = KERNEL_CLAUSES.map(clause => ({ clause, instance: 'kernel' }));

export interface Wanted {
  readonly runs: number;
  readonly select: Selection;
  /** Whether both targets can make the device behave. */
  readonly moods: boolean;
  /** Whether both run steps in lanes. */
  readonly lanes: boolean;
}

/** Why a case cannot be compared; undefined when it can. */
function leftOut(one: Case, { moods, lanes }: Wanted): string | undefined {
  if (one.tier && isAtLeast(one.tier, 'disturbing')) return 'it disturbs others';
  // Who comes first is chance, and two targets differ in it without a difference between them.
  if (one.race !== undefined) return 'who comes first is open';
  if (one.device && !moods) return 'nothing makes the device end its jobs so';
  if (!lanes && one.program.steps.some(({ op }) => op === 'parallel')) return 'a target has no lanes';
  return undefined;
}

export interface Planned {
  readonly candidates: readonly Candidate[];
  /** Cases that are not run, by the reason. */
  readonly without: ReadonlyMap<string, number>;
}

export function planned(context: PlanContext, wanted: Wanted): Planned {
  const { select } = wanted;
  const without = new Map<string, number>();
  const candidates: Candidate[] = [];
  // What the kernel logs is looked for in every program.
  const everything = select.only(KERNEL);
  for (const one of planCases(context)) {
    const chosen = one.instances.filter(each => select.has(each)).length > 0;
    if (one.program.steps.length === 0 || !(chosen || everything)) continue;
    const why = leftOut(one, wanted);
    if (why === undefined) candidates.push(candidateOf(one));
    else without.set(why, (without.get(why) ?? 0) + 1);
  }
  for (const each of KERNEL) select.has(each);
  const sequences = ioctls(context.driver).filter(call =>
    select.has({ clause: 'model.outcome', instance: call.name }),
  );
  // Of a driver without a description there is nothing to draw.
  if (context.driver.name !== catalogue().core.name && (everything || sequences.length > 0))
    for (let index = 0; index < wanted.runs; index += 1)
      candidates.push(candidateOf(randomCase(context, index)));
  return { candidates, without };
}

function candidateOf(one: Case): Candidate {
  const { program, labels, device } = one;
  return { name: caseName(one), program, labels, ...(device ? { device } : {}) };
}
