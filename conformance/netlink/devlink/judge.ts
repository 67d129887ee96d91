/** Runs the program of a trace on the model of devlink and finds where the two part. */
import { NETDEVSIM_NEW, NETDEVSIM_STEADY } from '../../../reference/index.ts';
import { type Fields, fieldValue, netlinkFamilies, type Trace } from '../../../schemas/index.ts';
import type { Difference } from '../../judge/difference.ts';
import type { StepJudgement } from '../../judge/follower.ts';
import { exchangesOf, printFields } from '../answers.ts';
import { compareTraces } from '../judge.ts';
import { type Heard, heardOf } from './heard.ts';
import { DEVLINK, type DevlinkPeer, devlinkReference } from './peer.ts';
import { messageOf, settleExchanges, settleFields } from './settle.ts';
import { shadowDifferences } from './shadow.ts';

/** Fields of differences that the model is not asked about. */
export const SHADOW = 'what was told';
export const MESSAGE_BALANCE = 'nests of the message';
export const MESSAGE_VALUE = 'values of the message';

/** Notifications that the model sends. */
export const TOLD: ReadonlySet<string> = new Set([
  'new',
  'del',
  'health-reporter-recover-ntf',
  'flash-update-ntf',
  'flash-update-status',
  'flash-update-end',
]);

/** Indices of instances by the number of the device, one for each time that it was made. */
export function learnedIndices(trace: Trace, { family: number }: DevlinkPeer): Map<number, number[]> {
  const steady: readonly number[] = NETDEVSIM_STEADY;
  const family = netlinkFamilies().get(DEVLINK)!;
  const made: { id: number; step: number }[] = trace.program.steps.flatMap(({ op, args }, step) => {
    if (op !== 'writefile' || trace.results[step]?.errno !== 0) return [];
    const [path, text] = args.map(arg =>
      arg.kind === 'address' ? new TextDecoder().decode(trace.program.buffers[arg.buffer]!.data) : '',
    );
    return path?.startsWith(NETDEVSIM_NEW) ? [{ id: Number.parseInt(text ?? '', 10), step }] : [];
  });
  const found = new Map<number, number[]>();
  const learn = (step: number, fields: Fields) => {
    const [name, index] = [fieldValue(fields, 'dev-name'), fieldValue(fields, 'index')];
    const id = Number(/^netdevsim(\d+)$/.exec(String(name))?.[1] ?? -1);
    if (id < 0 || typeof index !== 'bigint') return;
    // Those that are there from the start are made before any program runs.
    const times = made.filter(each => each.id === id && each.step <= step).length;
    const nth = steady.includes(id) ? times : times - 1;
    const known = found.get(id) ?? [];
    // What is never told of may have any.
    known[nth] ??= Number(index);
    found.set(id, known);
  };
  for (const { step, answers } of exchangesOf(family, number, trace))
    for (const answer of answers) if (answer.kind === 'reply') learn(step, answer.fields);
  for (const { cause, fields } of heardOf(family, number, trace, TOLD)) learn(cause, fields);
  return found;
}

export async function judgeDevlink(
  trace: Trace,
  peer: DevlinkPeer,
  faults: readonly string[] = [],
): Promise<StepJudgement[]> {
  const family = netlinkFamilies().get(DEVLINK)!;
  const model = devlinkReference({
    abi: peer.hello.abi,
    family: peer.family,
    group: peer.group,
    indices: learnedIndices(trace, peer),
    faults,
  });
  const modelled = await model.run(trace.program);
  const heard = heardOf(family, peer.family, trace, TOLD);
  const expected = heardOf(family, peer.family, modelled, TOLD);
  const exchanges = exchangesOf(family, peer.family, trace);
  const apart: Difference[] = [
    ...heardDifferences(heard, expected),
    ...shadowDifferences(trace.program, exchanges, heard).map(
      (each): Difference => ({ ...each, kind: 'outcome', field: SHADOW }),
    ),
    ...exchanges.flatMap(({ step, answers }) => {
      const message = messageOf(answers);
      // What broke off, or was not read to its end, is no whole message.
      const ends = answers.flatMap(answer => ('ack' in answer ? [answer.ack.errno] : []));
      const whole = ends.length > 0 && ends.every(errno => errno === 0);
      return message && whole ? messageDifferences(step, message, faults) : [];
    }),
  ];
  const begun = trace.program.steps.findIndex(({ op }) => op === 'netlink');
  return compareTraces(family, peer.family, trace, modelled, {
    settle: settleExchanges,
    more: step => apart.filter(each => each.step === step),
  }).map(judged => (judged.step < begun ? { ...judged, differences: [] } : judged));
}

const printHeard = ({ operation, fields }: Heard) => `${operation}: ${printFields(settleFields(fields))}`;

/** By the step that caused it and the socket that heard it, in their order. */
function heardDifferences(seen: readonly Heard[], expected: readonly Heard[]): Difference[] {
  const place = ({ cause, socket }: Heard) => `${cause} ${socket}`;
  const places = new Set([...seen, ...expected].map(place));
  return [...places].flatMap((where): Difference[] => {
    const [got, must] = [seen, expected].map(all => all.filter(each => place(each) === where));
    const [texts, wanted] = [got!.map(printHeard), must!.map(printHeard)];
    const at = wanted.findIndex((text, index) => text !== texts[index]);
    if (at < 0 && texts.length === wanted.length) return [];
    const from = at < 0 ? wanted.length : at;
    const { cause, operation } = (got![from] ?? must![from])!;
    return [
      {
        step: cause,
        kind: 'outcome',
        field: `told ${operation}`,
        expected: wanted[from] ?? 'nothing more is told',
        observed: texts[from] ?? 'nothing more is told',
      },
    ];
  });
}

/** What begins ends, and nothing else does; what has a type has a value. */
function messageDifferences(step: number, message: Fields, faults: readonly string[]): Difference[] {
  const found: Difference[] = [];
  let depth = 0;
  let lowest = 0;
  let alone = 0;
  for (const [index, [name]] of message.entries()) {
    if (name.endsWith('-nest-start')) depth += 1;
    if (name === 'fmsg-nest-end') depth -= 1;
    lowest = Math.min(lowest, depth);
    if (name === 'fmsg-obj-value-type' && message[index + 1]?.[0] !== 'fmsg-obj-value-data') alone += 1;
  }
  if ((depth !== 0 || lowest < 0) && !faults.includes('message-unbalanced'))
    found.push({
      step,
      kind: 'bytes',
      field: MESSAGE_BALANCE,
      expected: 'as many ends as beginnings',
      observed: depth < 0 ? `${-depth} ends more` : `${depth} ends less`,
    });
  if (alone > 0 && !faults.includes('message-split'))
    found.push({
      step,
      kind: 'bytes',
      field: MESSAGE_VALUE,
      expected: 'a value behind every type',
      observed: `${alone} without one`,
    });
  return found;
}
