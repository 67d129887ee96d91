import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate, holds } from './compile.ts';
import type { Condition, Environment, Term } from './environment.ts';

/** An environment in which every field is given and nothing else exists. */
function fields(values: Record<string, bigint>): Environment {
  const none = (): never => {
    throw new Error('not in this environment');
  };
  return {
    field: path => values[path] ?? none(),
    constant: name => (name === 'LIMIT' ? 7n : none()),
    param: () => 4096n,
    text: () => 'ethosu',
    property: (object, name) => (`${object}.${name}` === 'bo.size' ? 8192n : name === 'size.3' ? 1n : none()),
    sizeof: () => 16n,
    handle: (_resource, value) => value === 3n,
    minor: value => value === 0n,
    call: number => number < 4n,
    index: () => 2n,
    now: () => 100n,
    argument: () => 0x1000n,
    number: (_name, [a]) => a ?? 0n,
    model: name => name === 'busy',
    forbidden: number => number === 7n,
    unplugged: () => false,
    descriptor: (value, kind) => value === 5n && (kind === undefined || kind === 'dma-buf'),
    absent: name => name === 'gone',
    same: (a, b) => a === b,
    attachedTwice: name => name === 'job',
    predicate: (_name, _address, length) => ({
      ...(length > 8n ? { broken: 'x' } : {}),
      unread: length === 4n,
    }),
    bytes: (address, length) => new Uint8Array(Number(length)).fill(Number(address)),
    readable: (_address, length) => length <= 8n,
    writable: (_address, length) => length <= 4n,
    values: () => [1n, 4n],
  };
}

const env = fields({ a: 5n, b: 0xffff_ffff_ffff_ffffn, zero: 0n });

test('terms should give exact integers unless a width is given', () => {
  const cases: [Term, bigint][] = [
    [7, 7n],
    ['0x20000000000000', 0x20000000000000n],
    [{ field: 'a' }, 5n],
    [{ const: 'LIMIT' }, 7n],
    [{ param: 'page_size' }, 4096n],
    [{ length: 'version.name' }, 6n],
    [{ property: 'bo.size' }, 8192n],
    [{ sizeof: 'x' }, 16n],
    [{ add: [{ field: 'b' }, 1] }, 1n << 64n],
    [{ add: [{ field: 'b' }, 1], width: 'u64' }, 0n],
    [{ sub: [{ field: 'zero' }, 1], width: 'u32' }, 0xffff_ffffn],
    [{ mul: [{ field: 'b' }, 2], width: 'exact' }, 0x1_ffff_ffff_ffff_fffen],
    [{ roundUp: [{ field: 'a' }, 4096] }, 4096n],
    [{ roundUp: [{ field: 'b' }, 4096], width: 'u64' }, 0n],
    [{ min: [{ field: 'a' }, 3] }, 3n],
    [{ max: [{ field: 'zero' }, 3] }, 3n],
    [{ and: [{ field: 'a' }, 4] }, 4n],
    [{ index: 'job' }, 2n],
    [{ now: true }, 100n],
    [{ argument: true }, 0x1000n],
    [{ model: 'seqno', of: [7] }, 7n],
    [{ signed: { field: 'b' } }, -1n],
    [{ or: [{ field: 'a' }, 2] }, 7n],
    [{ property: 'bo.size', at: 3 }, 1n],
    [{ popcount: { field: 'b' } }, 64n],
  ];
  for (const [term, value] of cases) assert.is(evaluate(term, env), value, JSON.stringify(term));
});

test('every atom should tell both ways', () => {
  const values = { constants: ['X'] };
  const pairs: [Condition, Condition][] = [
    [{ eq: [{ field: 'a' }, 5] }, { eq: [{ field: 'a' }, 6] }],
    [{ ne: [{ field: 'a' }, 6] }, { ne: [{ field: 'a' }, 5] }],
    [{ lt: [{ field: 'a' }, 6] }, { lt: [{ field: 'a' }, 5] }],
    [{ le: [{ field: 'a' }, 5] }, { le: [{ field: 'a' }, 4] }],
    [{ gt: [{ field: 'a' }, 4] }, { gt: [{ field: 'a' }, 5] }],
    [{ ge: [{ field: 'a' }, 5] }, { ge: [{ field: 'a' }, 6] }],
    [{ outside: [{ field: 'a' }, 6, 9] }, { outside: [{ field: 'a' }, 5, 9] }],
    [{ misaligned: [{ field: 'a' }, 4] }, { misaligned: [{ field: 'a' }, 5] }],
    [{ nonzero: { field: 'a' } }, { nonzero: { field: 'zero' } }],
    [
      { unknownBits: 2, values },
      { unknownBits: 5, values },
    ],
    [
      { unmatched: 5, values },
      { unmatched: 4, values },
    ],
    [
      { noHandle: 2, resource: 'gem_handle' },
      { noHandle: 3, resource: 'gem_handle' },
    ],
    [{ noMinor: 1 }, { noMinor: 0 }],
    [{ noCall: 4 }, { noCall: 3 }],
    [{ unreadable: [0, 9] }, { unreadable: [0, 8] }],
    [{ unwritable: [0, 5] }, { unwritable: [0, 4] }],
    [{ state: 'bo.size' }, { not: { state: 'bo.size' } }],
    [{ model: 'busy' }, { model: 'idle' }],
    [{ forbidden: 7 }, { forbidden: 8 }],
    [{ noDescriptor: 6 }, { noDescriptor: 5 }],
    [
      { noDescriptor: 5, kind: 'eventfd' },
      { noDescriptor: 5, kind: 'dma-buf' },
    ],
    [{ absent: 'gone' }, { absent: 'here' }],
    [{ same: ['a', 'a'] }, { same: ['a', 'b'] }],
    [{ attachedTwice: 'job' }, { attachedTwice: 'other' }],
    [
      { broken: 'stream', at: 0, length: 9 },
      { broken: 'stream', at: 0, length: 8 },
    ],
    [
      { unreadFor: 'stream', at: 0, length: 4 },
      { unreadFor: 'stream', at: 0, length: 8 },
    ],
    [{ unprintable: [0x20, 3] }, { unprintable: [0x21, 3] }],
    [{ all: [{ nonzero: 1 }, { nonzero: 2 }] }, { all: [{ nonzero: 1 }, { nonzero: 0 }] }],
    [{ any: [{ nonzero: 0 }, { nonzero: 2 }] }, { any: [{ nonzero: 0 }] }],
  ];
  for (const [yes, no] of pairs) {
    assert.is(holds(yes, env), true, JSON.stringify(yes));
    assert.is(holds(no, env), false, JSON.stringify(no));
  }
});

test.run();
