import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf, members, struct } from '../layout/facts.test.helper.ts';
import { buildTypeTable } from '../layout/type-table.ts';
import type { Facts, MemberFact } from '../layout/types.ts';
import { type Edition, withHistory } from './history.ts';

/** Editions of the releases 6.1, 6.12 and so on; undefined for one without the header. */
function editions(...all: (Partial<Facts> | undefined)[]): Edition[] {
  const releases = ['6.1', '6.12', '7.2', '7.3'];
  return all.map((parts, at) => {
    const header = parts ? 'drm/x.h' : null;
    const release = { release: releases[at]!, header };
    const facts = parts && factsOf(parts);
    return facts ? { release, facts, types: buildTypeTable([facts]) } : { release };
  });
}

function history(...all: (Partial<Facts> | undefined)[]): Facts {
  const of = editions(...all);
  return withHistory(of.at(-1)!.facts!, of);
}

const constant = (name: string, value: number) => ({ name, value, line: 1 });

test('what the oldest release has carries no since; the rest names the first that has it', () => {
  const old = { constants: [constant('A', 1)] };
  const facts = history(
    old,
    { constants: [constant('A', 1), constant('B', 2)], types: [struct('s', ['x', '__u32'])] },
    {
      constants: [constant('B', 2), constant('A', 1), constant('C', 3)],
      types: [struct('s', ['x', '__u32'], ['y', '__u32'])],
    },
  );
  assert.equal(
    facts.constants.map(({ name, since }) => [name, since]),
    [
      ['B', '6.12'],
      ['A', undefined],
      ['C', '7.2'],
    ],
  );
  assert.is(facts.types[0]!.since, '6.12');
  assert.equal(
    facts.types[0]!.members.map(({ since }) => since),
    ['6.12', '7.2'],
  );
  assert.equal(
    facts.releases?.map(({ release }) => release),
    ['6.1', '6.12', '7.2'],
  );
});

test('a header that is new has since everywhere, and no older edition of it', () => {
  const now = { enums: [{ name: 'e', line: 1, members: [constant('ONE', 1)] }] };
  const facts = history(undefined, undefined, now);
  assert.is(facts.enums[0]!.since, '7.2');
  assert.is(facts.enums[0]!.members[0]!.since, '7.2');
  assert.equal(
    facts.releases?.map(({ header }) => header),
    [null, null, 'drm/x.h'],
  );
  assert.not.ok(facts.gone || facts.changes);
});

test('what came, went and came again counts from the last time', () => {
  const [has, lacks] = [{ constants: [constant('A', 1)] }, {}];
  assert.is(history(has, lacks, has).constants[0]!.since, '7.2');
  assert.equal(history(lacks, has, lacks).gone, [
    { kind: 'constant', name: 'A', since: '6.12', until: '6.12', was: 1 },
  ]);
  assert.equal(history(has, has, lacks, lacks).gone, [
    { kind: 'constant', name: 'A', until: '6.12', was: 1 },
  ]);
});

test('a macro that became an enum member is the same constant', () => {
  const facts = history(
    { constants: [constant('A', 1)] },
    { enums: [{ name: null, line: 1, members: [constant('A', 1)] }] },
  );
  assert.is(facts.enums[0]!.members[0]!.since, undefined);
  assert.not.ok(facts.gone || facts.changes);
});

test('members of structs and unions without a tag have a history by their path', () => {
  const inside = (...inner: MemberFact[]) =>
    struct(
      's',
      ['u', { anonymous: 'union', members: inner }],
      [null, { anonymous: 'union', members: inner }],
    );
  const facts = history(
    { types: [inside(...members(['a', '__u32']))] },
    { types: [inside(...members(['a', '__u32'], ['b', '__u32']))] },
  );
  const [named, nameless] = facts.types[0]!.members as [MemberFact, MemberFact];
  for (const { type, since } of [named, nameless]) {
    assert.is(since, undefined);
    assert.equal('anonymous' in type && type.members.map(each => each.since), [undefined, '6.12']);
  }
  assert.not.ok(facts.changes, 'the union itself is the same');
});

test('elements of arrays count too', () => {
  const list = (...names: string[]) =>
    struct('s', [
      'v',
      {
        array: { anonymous: 'struct', members: members(...names.map(n => [n, '__u8'] as [string, string])) },
        length: 2,
      },
    ]);
  const facts = history({ types: [list('a', 'b')] }, { types: [list('a')] });
  assert.equal(facts.gone, [{ kind: 'member', name: 's.v[].b', until: '6.1', was: { scalar: '__u8' } }]);
});

test('a value, a type, a request, a size and a place that changed are all told', () => {
  const ioctl = { name: 'REQ', direction: 'write', letter: 100, argument: { named: 's' }, line: 1 } as const;
  const facts = history(
    {
      constants: [constant('A', 1)],
      types: [struct('s', ['x', '__u32'], ['y', '__u32'])],
      typedefs: [{ name: 't', type: { scalar: '__u32' }, line: 1 }],
      ioctls: [{ ...ioctl, number: 1 }],
    },
    {
      constants: [constant('A', 2)],
      types: [struct('s', ['x', '__u64'], ['y', '__u32'])],
      typedefs: [{ name: 't', type: { scalar: '__u64' }, line: 1 }],
      ioctls: [{ ...ioctl, number: 2 }],
    },
  );
  assert.equal(
    facts.changes?.map(({ kind, name, what, from, to }) => [`${kind} ${name} ${what}`, from, to].slice(0, 3)),
    [
      ['constant A value', 1, 2],
      ['type s size', 8, 16],
      ['type s align', 4, 8],
      ['member s.y offset', 4, 8],
      ['member s.x type', { scalar: '__u32' }, { scalar: '__u64' }],
      ['typedef t type', { scalar: '__u32' }, { scalar: '__u64' }],
      [
        'ioctl REQ request',
        { direction: 'write', letter: 100, number: 1, argument: { named: 's' } },
        { direction: 'write', letter: 100, number: 2, argument: { named: 's' } },
      ],
    ],
  );
  assert.ok(facts.changes?.every(({ release }) => release === '6.12'));
});

test('a header that was away for a release is compared with the last that had it', () => {
  const facts = history({ constants: [constant('A', 1)] }, undefined, { constants: [constant('A', 2)] });
  assert.equal(facts.changes, [
    { kind: 'constant', name: 'A', release: '7.2', what: 'value', from: 1, to: 2 },
  ]);
  assert.is(facts.constants[0]!.since, '7.2');
});

test.run();
