/** Folds notifications into what a program that only listens would know, and compares it with what the kernel answers. */
import { type Fields, fieldValue, type Program } from '../../../schemas/index.ts';
import type { Exchange } from '../answers.ts';
import type { Heard } from './heard.ts';

export interface Parted {
  readonly step: number;
  readonly expected: string;
  readonly observed: string;
}

const COUNTS = ['state', 'err-count', 'recover-count'].map(name => `health-reporter-${name}`);
const told = (fields: Fields, name: string) => String(fieldValue(fields, name) ?? '');
const printed = (value: unknown) =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));

/** What is known of an instance: its own state, and that of reporters by their name. */
interface Known {
  state: string;
  readonly reporters: Map<string, string>;
}

const stateOf = (fields: Fields) =>
  printed([told(fields, 'index'), told(fields, 'reload-failed'), fieldValue(fields, 'dev-stats') ?? []]);
const healthOf = (fields: Fields): [name: string, counts: string] => {
  const inner = (fieldValue(fields, 'health-reporter') ?? []) as Fields;
  return [told(inner, 'health-reporter-name'), COUNTS.map(name => told(inner, name)).join('/')];
};

/**
 * Settings, dumps, and the reporters of a driver that begins anew are told of by no notification: what a reload may
 * have changed is forgotten. The first answer about something is believed.
 */
export function shadowDifferences(
  { steps }: Program,
  exchanges: readonly Exchange[],
  heard: readonly Heard[],
): Parted[] {
  const known = new Map<string, Known>();
  const found: Parted[] = [];
  // The first socket that joined the group.
  const from = steps.findIndex(({ op }) => op === 'membership');
  const joined = steps[from]?.args[0];
  if (joined?.kind !== 'slot') return [];
  const events = [
    ...heard.filter(({ socket }) => socket === joined.slot).map(each => ({ at: each.read, heard: each })),
    ...exchanges.filter(({ step }) => step > from).map(each => ({ at: each.step, exchange: each })),
  ].sort((a, b) => a.at - b.at);
  const part = (step: number, expected: string, observed: string) => {
    if (expected !== observed) found.push({ step, expected, observed });
  };
  for (const event of events) {
    if ('heard' in event) {
      const { operation, fields } = event.heard;
      const name = told(fields, 'dev-name');
      if (operation === 'del') known.delete(name);
      else if (operation === 'new') known.set(name, { state: stateOf(fields), reporters: new Map() });
      else if (operation === 'health-reporter-recover-ntf') {
        const [reporter, counts] = healthOf(fields);
        known.get(name)?.reporters.set(reporter, counts);
      }
      continue;
    }
    const { step, operation, dump, answers } = event.exchange;
    const replies = answers.flatMap(answer => (answer.kind === 'reply' ? [answer.fields] : []));
    if (operation === 'get') {
      const seen = new Map(replies.map(fields => [told(fields, 'dev-name'), stateOf(fields)]));
      for (const [name, state] of seen) {
        const own = known.get(name);
        if (own) part(step, `${name} ${own.state}`, `${name} ${state}`);
        else known.set(name, { state, reporters: new Map() });
      }
      if (dump)
        for (const name of known.keys()) part(step, name, seen.has(name) ? name : `${name} is not listed`);
    }
    if (operation === 'health-reporter-get')
      for (const fields of replies) {
        const own = known.get(told(fields, 'dev-name'));
        const [reporter, counts] = healthOf(fields);
        const before = own?.reporters.get(reporter);
        if (before !== undefined) part(step, `${reporter} ${before}`, `${reporter} ${counts}`);
        own?.reporters.set(reporter, counts);
      }
  }
  return found;
}
