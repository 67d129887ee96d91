/** Which checks of the description can give an errno, in the order in which a call meets them. */
import {
  type Body,
  type CallDescription,
  type CheckRule,
  catalogue,
  type DecodedRefusal,
  FILE_LETTERS,
  printCondition,
} from '../../schemas/index.ts';
import type { Candidate } from './candidates.ts';

interface Met {
  readonly rule: CheckRule;
  /** The branches of selects that lead to it. */
  readonly within: readonly string[];
}

function* checksIn(body: Body, within: readonly string[]): Generator<Met> {
  for (const rule of body) {
    if ('check' in rule) yield { rule, within };
    else if ('select' in rule) {
      for (const branch of rule.select)
        yield* checksIn(branch.do, [...within, `when ${printCondition(branch.when)}`]);
      if (rule.otherwise) {
        const none = rule.select.map(branch => printCondition(branch.when)).join(' or ');
        yield* checksIn(rule.otherwise, [...within, `unless ${none}`]);
      }
    } else if ('each' in rule) yield* checksIn(rule.do, [...within, `of an element of ${rule.each}`]);
  }
}

function refusal(id: string, { rule, within }: Met, deviation?: string): DecodedRefusal {
  return {
    rule: `${id}.${rule.check}`,
    when: [printCondition(rule.when), ...within].join(', '),
    basis: rule.basis,
    source: rule.source,
    evidence: rule.evidence,
    optional: rule.optional === true,
    ...(deviation === undefined ? {} : { deviation }),
  };
}

/** Checks of the dispatch that this call cannot fail: its letter and its number are known to be there. */
function isDecided(rule: CheckRule, call: CallDescription | undefined): boolean {
  if (rule.check === 'letter' || rule.check === 'number') return true;
  return rule.check === 'permission' && call !== undefined && !call.semantics.access?.length;
}

function deviating({ owner, call }: Candidate, errno: string): DecodedRefusal[] {
  if (!call) return [];
  return (owner.driver?.deviations ?? [])
    .filter(({ rule }) => rule.startsWith(`${call.id}.`))
    .flatMap(deviation =>
      deviation.patch.flatMap(edit => {
        const rules = 'insert' in edit ? edit.insert : 'with' in edit ? edit.with : [];
        return [...checksIn(rules, [])]
          .filter(({ rule }) => rule.errno === errno)
          .map(met => refusal(call.id, met, deviation.id));
      }),
    );
}

export interface Refusals {
  readonly refusals: DecodedRefusal[];
  /** The state of the machine may cause the errno, whatever the call says. */
  readonly environmental: boolean;
}

/** What can have refused a call with this errno. */
export function refusalsOf(candidate: Candidate, errno: string): Refusals {
  const { call, ioctl } = candidate;
  const found: DecodedRefusal[] = [];
  let environmental = call?.semantics.environmental?.includes(errno) === true;
  const handler = () => {
    // A draft still asks what its checks are.
    if (!candidate.owner.described) return;
    for (const met of checksIn(call?.semantics.body ?? [], []))
      if (met.rule.errno === errno) found.push(refusal(call!.id, met));
    found.push(...deviating(candidate, errno));
  };
  const files: readonly number[] = Object.values(FILE_LETTERS);
  if (files.includes(ioctl.letter)) {
    handler();
    return { refusals: found, environmental };
  }
  const dispatch = catalogue().core.calls.get('ioctl')!;
  environmental ||= dispatch.semantics.environmental?.includes(errno) === true;
  const dispatched = (body: Body) => {
    for (const met of checksIn(body, []))
      if (met.rule.errno === errno && !isDecided(met.rule, call)) found.push(refusal(dispatch.id, met));
  };
  for (const rule of dispatch.semantics.body) {
    if ('handler' in rule) {
      dispatched(rule.before ?? []);
      handler();
    } else dispatched([rule]);
  }
  return { refusals: found, environmental };
}
