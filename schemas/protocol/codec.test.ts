import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { protocol } from '../generated/protocol.ts';
import type { Buffer, Program, Step, StepResult, Value } from '../program/program.ts';
import { type Message, protocolCodec } from './codec.ts';
import { enumNames } from './description.ts';
import { examples } from './examples.ts';

const codec = protocolCodec(protocol);
const SEED = { seed: 20221, numRuns: 200 };

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const s64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const width = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
const bytes = fc.uint8Array({ maxLength: 40 });
const few = { maxLength: 4 };

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.record({ kind: fc.constant('const' as const), value: u64 }),
  fc.record(
    {
      kind: fc.constant('slot' as const),
      slot: u16,
      shift: fc.integer({ min: 1, max: 63 }),
      mask: u32.map(BigInt),
      add: s64.filter(n => n !== 0n),
    },
    { requiredKeys: ['kind', 'slot'] },
  ),
  fc.record(
    { kind: fc.constant('address' as const), buffer: u16, offset: s64.filter(n => n !== 0n) },
    { requiredKeys: ['kind', 'buffer'] },
  ),
);
const buffer: fc.Arbitrary<Buffer> = fc.record({
  size: u32,
  data: bytes,
  access: fc.constantFrom('readwrite' as const, 'read' as const, 'none' as const, 'hole' as const),
  align: fc.constantFrom('start' as const, 'end' as const),
});
const step = fc.record(
  {
    op: fc.constantFrom(...([...enumNames(protocol, 'proto_op').toNumber.keys()] as Step['op'][])),
    args: fc.array(value, { maxLength: 6 }),
    fills: fc.array(fc.record({ buffer: u16, offset: u32, bytes }), { minLength: 1, maxLength: 3 }),
    patches: fc.array(fc.record({ buffer: u16, offset: u32, width, value }), { minLength: 1, maxLength: 3 }),
    captures: fc.array(
      fc.oneof(
        fc.record({ slot: u16, from: fc.constant('return' as const) }),
        fc.record({ slot: u16, from: fc.constant('buffer' as const), buffer: u16, offset: u32, width }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    deadline: u32,
  },
  { requiredKeys: ['op', 'args', 'deadline'] },
) as fc.Arbitrary<Step>;
const program: fc.Arbitrary<Program> = fc.record({
  buffers: fc.array(buffer, few),
  slots: u32,
  steps: fc.array(step, few),
});
const result: fc.Arbitrary<StepResult> = fc.record({
  step: u32,
  status: fc.constantFrom(
    'done' as const,
    'fault' as const,
    'deadline' as const,
    'unkillable' as const,
    'died' as const,
  ),
  ret: s64,
  errno: u16,
  signal: u16,
  before: u64,
  after: u64,
  diffs: fc.array(fc.record({ buffer: u16, offset: u32, bytes }), few),
  hashes: fc.array(fc.record({ buffer: u16, crc32: u32 }), few),
});
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('program' as const), number: u32, program }),
  fc.record({ type: fc.constant('result' as const), number: u32, result }),
  fc.record({
    type: fc.constant('hello' as const),
    hello: fc.record(
      {
        protocol: u16,
        abi: fc.constantFrom(
          'x86_64' as const,
          'i386' as const,
          'aarch64' as const,
          'armhf' as const,
          'riscv64' as const,
        ),
        pageSize: u32,
        release: text,
        bootId: text,
        uid: u32,
        capabilities: u64,
        log: fc.boolean(),
        taint: u64,
        diffLimit: u32,
        lanes: fc.constant(true as const),
        netlink: fc.constant(true as const),
        copy: fc.constant(true as const),
      },
      {
        requiredKeys: [
          'protocol',
          'abi',
          'pageSize',
          'release',
          'bootId',
          'uid',
          'capabilities',
          'log',
          'taint',
          'diffLimit',
        ],
      },
    ),
  }),
  fc.record({
    type: fc.constant('log' as const),
    number: u32,
    record: fc.record({
      step: fc.integer({ min: -1, max: 70000 }),
      level: fc.integer({ min: 0, max: 7 }),
      text,
    }),
  }),
  fc.record({
    type: fc.constant('end' as const),
    number: u32,
    end: fc.record({ status: fc.constantFrom('complete' as const, 'cut' as const), taint: u64, stack: text }),
  }),
  fc.record({ type: fc.constant('error' as const), number: u32, text }),
  fc.constant({ type: 'bye' as const }),
);

/** fast-check makes objects without a prototype; compare them as plain ones. */
function plain(thing: unknown): unknown {
  if (Array.isArray(thing)) return thing.map(plain);
  if (thing === null || typeof thing !== 'object' || thing instanceof Uint8Array) return thing;
  return Object.fromEntries(Object.entries(thing).map(([name, inner]) => [name, plain(inner)]));
}

test('every message comes back as it went, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (messages, cuts) => {
        const stream = messages.flatMap(one => [...codec.encode(one)]);
        const reader = codec.reader('it');
        const back: Message[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const next = at + cuts[turn % cuts.length]!;
          back.push(...reader.push(Uint8Array.from(stream.slice(at, next))));
          at = next;
        }
        reader.end();
        assert.equal(plain(back), plain(messages));
      },
    ),
    SEED,
  );
});

test('a changed byte never gives another message', () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, where, change) => {
      const frame = codec.encode(one);
      const at = where % frame.length;
      frame[at] = frame[at]! ^ change;
      // The type is not under the checksum: the same bytes may happen to be a payload of another type.
      if (at === 6 || at === 7) return;
      const reader = codec.reader('it');
      assert.throws(() => {
        assert.is([...reader.push(frame)].length, 0);
        reader.end();
      });
    }),
    SEED,
  );
});

test('a value outside of 64 bits is taken modulo 2^64', () => {
  const program: Program = {
    buffers: [],
    slots: 0,
    steps: [{ op: 'close', args: [{ kind: 'const', value: -1n }], deadline: 1 }],
  };
  const [back] = codec.reader('it').push(codec.encode({ type: 'program', number: 0, program }));
  assert.equal(back?.type === 'program' && back.program.steps[0]!.args, [
    { kind: 'const', value: 2n ** 64n - 1n },
  ]);
});

test('the first example is what the page shows', () => {
  const frame = codec.encode(examples[0]!.message);
  assert.is(hexOf(frame.subarray(0, 16)), '894158500100010059000000952d76e0');
});

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

test('too large a program is refused with a sentence', () => {
  const program: Program = {
    buffers: [{ size: 1, data: new Uint8Array(0x4000000), access: 'read', align: 'end' }],
    slots: 0,
    steps: [],
  };
  assert.throws(
    () => codec.encode({ type: 'program', number: 0, program }),
    /too large; at most 67108864 bytes fit/,
  );
});

test.run();
