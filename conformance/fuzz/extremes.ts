/** Depth, repetition, duplicate keys and encodings: what a text alone can do. */
import { join, type Mutation, type Subject, utf8 } from './mutation.ts';

const DEEP = 100_000;
const text = ({ bytes }: Subject) => new TextDecoder().decode(bytes);

/** The text with a value of one line replaced. */
function withValue(subject: Subject, at: number, value: string): Uint8Array {
  const lines = text(subject).split('\n');
  const index = at % lines.length;
  lines[index] = lines[index]!.replace(/:.*$/, `: ${value}`);
  return utf8(lines.join('\n'));
}

const DEPTH = [
  (deep: number) => '['.repeat(deep),
  (deep: number) => '['.repeat(deep) + ']'.repeat(deep),
  (deep: number) => '{"a":'.repeat(deep),
  (deep: number) => `${'{"not":'.repeat(deep)}1${'}'.repeat(deep)}`,
  (deep: number) => '- '.repeat(deep),
  (deep: number) => '? '.repeat(deep),
  (deep: number) => '&a '.repeat(deep),
];

/** Each alias repeats the one before twice: 2^n values. */
const LAUGHS = `\n${Array.from({ length: 64 }, (_, n) => `l${n}: &l${n} ${n === 0 ? '[1]' : `[*l${n - 1}, *l${n - 1}]`}`).join('\n')}\n`;
/** Each alias is one level deeper than the one before. */
const LADDER = `\n${Array.from({ length: 2000 }, (_, n) => `l${n}: &l${n} ${n === 0 ? '[1]' : `[*l${n - 1}]`}`).join('\n')}\n`;

const WORDS = [
  '0x1ffffffffffffffffff',
  '9007199254740993',
  '1e400',
  '-1e400',
  '.inf',
  '.nan',
  '1e300',
  '017',
  '0o17',
  '0b1',
  '123456789012345678901234567890',
  '~',
  'yes',
  '2001-12-14',
  '!!binary aGk=',
  '!!set {a}',
  '!x y',
  '*nothing',
  '&a [*a]',
  '"\\ud800"',
  '"\\u0000"',
  '|\n',
  '>',
  '"',
  "'",
  '<<: *a',
  '{<<: [1]}',
];

export const EXTREMES: readonly Mutation[] = [
  {
    kind: 'depth',
    name: 'nested value',
    mutate: (subject, { random }) =>
      withValue(subject, random.next(), random.pick(DEPTH)(random.pick([60, 70, 1000, DEEP]))),
  },
  {
    kind: 'depth',
    name: 'nested file',
    mutate: (_, { random }) => utf8(random.pick(DEPTH)(random.pick([1000, DEEP]))),
  },
  {
    kind: 'depth',
    name: 'aliases',
    mutate: (subject, { random }) => join(subject.bytes, utf8(random.pick([LAUGHS, LADDER]))),
  },
  {
    kind: 'numbers',
    name: 'odd scalar',
    mutate: (subject, { random }) => withValue(subject, random.next(), random.pick(WORDS)),
  },
  {
    kind: 'duplicates',
    name: 'line twice',
    mutate: (subject, { random }) => {
      const lines = text(subject).split('\n');
      const at = random.below(lines.length);
      lines.splice(at, 0, lines[at]!);
      return utf8(lines.join('\n'));
    },
  },
  {
    kind: 'duplicates',
    name: 'key twice',
    mutate: (subject, { random }) => {
      const whole = text(subject);
      const keys = [...whole.matchAll(/("?[A-Za-z_.$]+"?): [^,{}[\]\n]+,/g)];
      const found = keys.length > 0 ? keys[random.below(keys.length)]! : undefined;
      return utf8(found ? whole.slice(0, found.index) + found[0] + whole.slice(found.index) : whole + whole);
    },
  },
];

function utf16(bytes: Uint8Array, big: boolean, mark: boolean): Uint8Array {
  const units = new TextDecoder().decode(bytes);
  const view = new DataView(new ArrayBuffer(2 * units.length + (mark ? 2 : 0)));
  if (mark) view.setUint16(0, 0xfeff, !big);
  for (let at = 0; at < units.length; at += 1)
    view.setUint16(2 * at + (mark ? 2 : 0), units.charCodeAt(at), !big);
  return new Uint8Array(view.buffer);
}

/** Sequences that are no UTF-8, or no text. */
const ODD: readonly (readonly number[])[] = [
  [0],
  [0xff],
  [0xe9],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
  [0x1b],
  [0x7f],
  [0xc2, 0x85],
  [0xe2, 0x80, 0xa8],
  [0xef, 0xbb, 0xbf],
  [0xf0, 0x9f, 0x98, 0x80],
  [0x0d],
  [0x0c],
];

export const ENCODINGS: readonly Mutation[] = [
  {
    kind: 'encodings',
    name: 'utf-16',
    mutate: ({ bytes }, { random }) => utf16(bytes, random.chance(50), random.chance(50)),
  },
  {
    kind: 'encodings',
    name: 'byte order mark',
    mutate: ({ bytes }) => join(Uint8Array.of(0xef, 0xbb, 0xbf), bytes),
  },
  {
    kind: 'encodings',
    name: 'odd sequence',
    mutate: ({ bytes }, { random }) => {
      const at = random.below(bytes.length + 1);
      return join(bytes.subarray(0, at), Uint8Array.from(random.pick(ODD)), bytes.subarray(at));
    },
  },
];
