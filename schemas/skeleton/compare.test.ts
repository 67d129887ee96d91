import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Semantics } from '../generated/types/semantics.ts';
import { factsOf, struct } from '../layout/facts.test.helper.ts';
import { buildTypeTable } from '../layout/type-table.ts';
import type { Facts, IoctlFact } from '../layout/types.ts';
import { compareDescribed, compareFacts, compareManifest, type Difference, type Side } from './compare.ts';
import { driverSkeleton } from './skeleton.ts';

const ioctl = (name: string, number: number, argument: string): IoctlFact => ({
  name,
  direction: 'readwrite',
  letter: 100,
  number,
  argument: { named: argument },
  line: 1,
});
const side = (facts: Partial<Facts>): Side => {
  const whole = factsOf(facts);
  return { facts: whole, types: buildTypeTable([whole]) };
};
const short = (found: readonly Difference[]) =>
  found.map(({ kind, what, name }) => `${kind} ${what} ${name}`);

const before = side({
  types: [struct('a', ['x', '__u32'], ['y', '__u32']), struct('b', ['z', '__u64'])],
  ioctls: [ioctl('A', 0x40, 'a'), ioctl('B', 0x41, 'b')],
  constants: [
    { name: 'ONE', value: 1, line: 1 },
    { name: 'TWO', value: 2, line: 1 },
  ],
  enums: [{ name: 'e', line: 1, members: [{ name: 'E', value: 0, line: 1 }] }],
});
const now = side({
  types: [struct('a', ['x', '__u32'], ['w', '__u64']), struct('c', ['z', '__u64'])],
  ioctls: [ioctl('A', 0x44, 'a'), ioctl('C', 0x42, 'c')],
  constants: [
    { name: 'ONE', value: 3, line: 1 },
    { name: 'NEW', value: 4, line: 1 },
  ],
});
const described = (call: string, fields: Semantics['fields']) => ({
  path: `drivers/x/${call}.yaml`,
  semantics: { call, key: call.toLowerCase(), summary: '', fields, body: [] } as Semantics,
});

test('facts should differ in requests, layouts and values', () => {
  const found = compareFacts(before, now);
  assert.equal(short(found), [
    'changed call A',
    'changed struct a',
    'new struct c',
    'changed constant ONE',
    'new constant NEW',
    'changed struct b',
    'changed constant TWO',
    'changed constant E',
  ]);
  assert.is(found[0]!.detail, 'was readwrite 0x40 struct a, is readwrite 0x44 struct a');
  assert.is(
    found[1]!.detail,
    'its size was 8 bytes, is 16 bytes; y was 4 bytes at 4, is gone; w was not there, is 8 bytes at 8',
  );
  assert.equal(compareFacts(now, now), []);
});

test('descriptions should be told what is new and what is orphaned', () => {
  const found = compareDescribed(
    [
      described('A', {
        x: { direction: 'in', role: 'flags', values: { enum: 'e' } },
        y: { direction: 'in', role: 'flags', values: { constants: ['ONE', 'TWO'] } },
      }),
      described('B', {}),
    ],
    now,
  );
  assert.equal(short(found), [
    'new call C',
    'new field A w',
    'orphaned field A y',
    'orphaned enum e',
    'orphaned constant TWO',
    'orphaned call B',
  ]);
  assert.match(found[2]!.detail, /drivers\/x\/A\.yaml describes it, and struct a no longer has it/);
});

test('a parameter that a gone call tells should be orphaned', () => {
  const query = { call: 'B', selector: 'ONE', struct: 'b', field: 'z' };
  const manifest = {
    ...driverSkeleton('x', now.facts),
    params: { p: { type: 'number' as const, summary: '', from: 'query' as const, query } },
  };
  assert.equal(short(compareManifest('driver.yaml', manifest, now)), ['orphaned parameter p']);
  assert.equal(compareManifest('driver.yaml', manifest, before), []);
});

test('a struct of an unknown type should not end the comparison', () => {
  const broken = side({ types: [struct('a', ['x', { named: 'gone' }])] });
  assert.equal(short(compareFacts(broken, broken)), []);
});

test.run();
