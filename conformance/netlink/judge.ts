/** Runs the program of a trace on the model and finds where the two part. */
import type { NetlinkFault, RasFault } from '../../reference/index.ts';
import {
  errnoName,
  type NetlinkFamily,
  netlinkFamilies,
  type StepResult,
  type Trace,
} from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { type Answer, type Exchange, exchangesOf, printAnswer } from './answers.ts';
import { learnedIds } from './learned-ids.ts';
import { RAS, type RasPeer, rasReference } from './peer.ts';

/** Errnos that the machine may cause at any time. */
const ENVIRONMENTAL = new Set(['ENOMEM', 'EINTR', 'ENOBUFS']);

export async function judgeRas(
  trace: Trace,
  peer: RasPeer,
  faults: readonly (RasFault | NetlinkFault)[] = [],
): Promise<StepJudgement[]> {
  const family = netlinkFamilies().get(RAS)!;
  const model = rasReference({
    abi: peer.hello.abi,
    family: peer.family,
    ids: learnedIds(family, peer, trace),
    faults,
  });
  const modelled = await model.run(trace.program);
  const more = (step: number, seen: readonly Exchange[]) =>
    faults.includes('no-multi') ? [] : flagDifferences(step, seen);
  return compareTraces(family, peer.family, trace, modelled, { more });
}

export interface Comparing {
  /** Exchanges without what the kernel chooses. */
  readonly settle?: (exchanges: Exchange[]) => Exchange[];
  /** What else is wrong with a step. */
  readonly more?: (step: number, seen: readonly Exchange[]) => Difference[];
}

/** Where a trace and that of the model of the same program part. */
export function compareTraces(
  family: NetlinkFamily,
  number: number,
  trace: Trace,
  modelled: Trace,
  { settle = all => all, more = () => [] }: Comparing = {},
): StepJudgement[] {
  const raw = exchangesOf(family, number, trace);
  const seen = settle(raw);
  const expected = settle(exchangesOf(family, number, modelled));
  return trace.results.map(result => {
    const differences = [
      ...stepDifferences(result, modelled.results[result.step], trace),
      ...exchangeDifferences(result.step, seen, expected),
      ...more(result.step, raw),
    ];
    const refused = seen.find(
      ({ step, answers }) => step === result.step && answers.some(answer => environmental(answer)),
    );
    if (refused) return { step: result.step, state: 'judged', differences: [], environmental: 'ENOMEM' };
    return { step: result.step, state: 'judged', differences };
  });
}

const environmental = (answer: Answer): boolean =>
  (answer.kind === 'ack' || answer.kind === 'done') && ENVIRONMENTAL.has(errnoName(answer.ack.errno));

/** How a step itself ended; the reads are judged by what they brought. */
function stepDifferences(
  seen: StepResult,
  expected: StepResult | undefined,
  { program }: Trace,
): Difference[] {
  const { op } = program.steps[seen.step]!;
  if (seen.status !== 'done')
    return [{ step: seen.step, kind: 'status', expected: 'an end', observed: seen.status }];
  if (op === 'read' || !expected || seen.errno === expected.errno) return [];
  const [wanted, got] = [errnoName(expected.errno), errnoName(seen.errno)];
  return [{ step: seen.step, kind: 'outcome', expected: wanted, observed: got }];
}

const sorted = ({ answers }: Exchange): string[] => {
  // Which comes first within a dump is nobody's business; its end is the last.
  const parts = answers.filter(({ kind }) => kind === 'reply').map(printAnswer);
  const last = answers.at(-1);
  const order =
    answers.some(({ kind }) => kind !== 'reply') && last?.kind === 'reply'
      ? ['an answer behind the end']
      : [];
  return [...parts.sort(), ...answers.filter(({ kind }) => kind !== 'reply').map(printAnswer), ...order];
};

/** Of differences that are about the flag of messages of a dump. */
export const MULTIPART = 'NLM_F_MULTI';

function flagDifferences(step: number, seen: readonly Exchange[]): Difference[] {
  return seen.flatMap(({ step: own, dump, answers }): Difference[] => {
    if (own !== step || !dump) return [];
    const replies = answers.filter(({ kind }) => kind === 'reply');
    const without = replies.filter(answer => answer.kind === 'reply' && !answer.multi).length;
    if (without === 0) return [];
    const observed = `${without} of ${replies.length} without it`;
    return [
      { step, kind: 'bytes', field: MULTIPART, expected: 'every message of the dump with it', observed },
    ];
  });
}

/** What is there once more than in the other. */
function more(these: readonly string[], those: readonly string[]): string[] {
  const left = [...those];
  return these.filter(each => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const MOST_SHOWN = 3;
const listed = (answers: readonly string[]): string => {
  const rest = answers.length - MOST_SHOWN;
  const text = answers.slice(0, MOST_SHOWN).join('; ');
  return answers.length === 0 ? 'nothing' : rest > 0 ? `${text} and ${rest} more` : text;
};

function exchangeDifferences(
  step: number,
  seen: readonly Exchange[],
  expected: readonly Exchange[],
): Difference[] {
  const own = seen.filter(each => each.step === step);
  const wanted = expected.filter(each => each.step === step);
  return own.flatMap((exchange, index): Difference[] => {
    const [got, must] = [sorted(exchange), wanted[index] ? sorted(wanted[index]) : []];
    const [extra, missing] = [more(got, must), more(must, got)];
    if (extra.length === 0 && missing.length === 0) return [];
    const field = `${exchange.dump ? 'dump' : 'do'} ${exchange.operation}`;
    return [{ step, kind: 'outcome', field, expected: listed(missing), observed: listed(extra) }];
  });
}
