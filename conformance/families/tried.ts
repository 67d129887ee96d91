/** Cases from values that are tried out on the model first: only what it can tell the end of is sent. */
import type { StepOutcome } from '../../reference/index.ts';
import type { CallDescription, CheckRule } from '../../schemas/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import type { Pick as Choose } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { kindsToTry } from '../plan/kinds.ts';
import { pickKind } from '../plan/payloads.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { type Trial as Changes, endsOf } from './ends.ts';
import type { Change } from './search.ts';

/** What a case is called and what it is about. */
export interface Title extends Pick<Instance, 'clause' | 'instance'> {
  readonly case: string;
  readonly family: string;
}

export interface Trial extends Changes {
  /** Whether a change is sent, by how it ends on the model. */
  keep(outcome: StepOutcome, change: Change): boolean;
  /** Whether what is kept of one kind of good call is enough; the first that is is taken. Default: anything. */
  enough?(outcomes: readonly StepOutcome[]): boolean;
  /** The checks that are to refuse: kinds of good calls that come to one of them are tried first. */
  readonly checks?: readonly CheckRule[];
  /** Why nothing can be tried when nothing is kept. */
  readonly nothing: string;
}

/** The call ends on the model in one way only. */
export function told(outcome: StepOutcome): boolean {
  return outcome.open !== true;
}

export function emptyCase({ case: name, family }: Title, instances: readonly Instance[] = []): Case {
  return { name, family, program: new ProgramBuilder().build(), labels: [], instances };
}

/** One program of every kept change, each between two good calls. */
export function triedCase(context: PlanContext, call: CallDescription, title: Title, trial: Trial): Case {
  if (context.wanted?.(title) === false) return emptyCase(title);
  let best: { pick: Choose; kept: boolean[] } | undefined;
  for (const kind of kindsToTry(context, call, trial.checks ?? [])) {
    const pick = pickKind(kind);
    const { ends, changes } = endsOf(context, call, pick, trial);
    const kept = ends.map((end, index) => trial.keep(end, changes[index]!));
    const chosen = ends.filter((_, index) => kept[index]);
    if (!best && chosen.length > 0) best = { pick, kept };
    if (!(trial.enough?.(chosen) ?? chosen.length > 0)) continue;
    best = { pick, kept };
    break;
  }
  const sandwich = build(context, call, trial, best?.pick, index => best?.kept[index] === true);
  const steps = sandwich.steps();
  const instance: Instance = {
    clause: title.clause,
    instance: title.instance,
    ...steps,
    ...(sandwich.good && steps.probes.length === 0 ? { notReached: trial.nothing } : {}),
  };
  const { builder } = sandwich;
  return {
    name: title.case,
    family: title.family,
    program: builder.build(),
    labels: builder.labels,
    instances: [instance],
  };
}

function build(
  context: PlanContext,
  call: CallDescription,
  trial: Trial,
  pick: Choose | undefined,
  keep: (index: number) => boolean,
): Sandwich {
  const sandwich = new Sandwich(context, call, pick);
  const changes = sandwich.good ? trial.changes(sandwich) : [];
  for (const [index, change] of changes.entries()) {
    if (!keep(index)) continue;
    const values = sandwich.arguments();
    sandwich.probe({ ...values, ...change.values(values) }, change.title);
  }
  return sandwich;
}
