import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Op, type Program, protocol } from '../../schemas/index.ts';
import { loadTrace, parseTrace, readProgram, type TraceFile, writeProgram } from './trace-file.ts';

/** Every kind of value, fill, patch, capture, access and alignment. */
const PROGRAM: Program = {
  buffers: [
    { size: 8, data: Uint8Array.of(0, 0xff, 0x10), access: 'readwrite', align: 'end' },
    { size: 1, data: new Uint8Array(0), access: 'hole', align: 'start' },
    { size: 4096, data: new Uint8Array(0), access: 'read', align: 'start' },
    { size: 16, data: new Uint8Array(0), access: 'none', align: 'end' },
  ],
  slots: 2,
  steps: [
    {
      op: 'ioctl',
      args: [
        { kind: 'const', value: 0xffff_ffff_ffff_ffffn },
        { kind: 'slot', slot: 1, shift: 8, mask: 0xffff_ffffn, add: -1n },
        { kind: 'address', buffer: 0, offset: -4n },
      ],
      deadline: 1000,
      fills: [{ buffer: 0, offset: 2, bytes: Uint8Array.of(1, 0xab) }],
      patches: [{ buffer: 0, offset: 0, width: 4, value: { kind: 'slot', slot: 0 } }],
      captures: [
        { slot: 0, from: 'return' },
        { slot: 1, from: 'buffer', buffer: 0, offset: 4, width: 2 },
      ],
    },
    {
      op: 'close',
      args: [{ kind: 'address', buffer: 1 }],
      deadline: 1,
      fills: [],
      patches: [],
      captures: [],
    },
  ],
};

const file = (program: TraceFile['program']): TraceFile => ({
  trace: 1,
  kit: '0.1.0',
  target: {
    name: 'reference:ethosu',
    release: '7.3.4',
    driver: 'ethosu',
    abi: 'x86_64',
    node: '/dev/accel/accel0',
    minor: 0,
    params: { 'npu.id': '268435456' },
  },
  finding: {
    clause: 'handle.zero',
    instance: 'DRM_IOCTL_GEM_CLOSE.handle',
    case: 'handle/zero',
    step: 0,
    kind: 'outcome',
    expected: 'EINVAL',
    observed: 'success',
  },
  program,
});

const written = () => file(writeProgram(PROGRAM, ['one', 'two']));

test('a program is read back as it was, through JSON and the schema', () => {
  const data: unknown = JSON.parse(JSON.stringify(written()));
  const { program, labels } = readProgram(parseTrace('t.json', data), 't.json');
  assert.equal(program, PROGRAM);
  assert.equal(labels, ['one', 'two']);
});

test('numbers of 64 bits are decimal texts, bytes hexadecimal', () => {
  const { buffers, steps } = written().program;
  assert.is(buffers[0]!.data, '00ff10');
  assert.equal(steps[0]!.args[0], { const: '18446744073709551615' });
  assert.equal(steps[0]!.args[2], { buffer: 0, offset: '-4' });
  assert.is(steps[1]!.fills, undefined, 'what is empty is not written');
});

test('every op of the protocol is known; another one is refused with its name', () => {
  const one = (op: string, count = 0): TraceFile => {
    const args = Array.from({ length: count }, () => ({ const: '0' }));
    return file({ buffers: [], slots: 0, steps: [{ label: '', op, args, deadline: 1 }] });
  };
  for (const { op, arguments: args } of protocol.ops) {
    const name = op.replace(/^PROTO_OP_/, '').toLowerCase();
    assert.is(readProgram(one(name, args.length), 't').program.steps[0]!.op, name as Op);
  }
  assert.throws(
    () => readProgram(one('teleport'), 't.json'),
    /t\.json: this kit does not know the op teleport; use a newer one/,
  );
});

test('a program that leads nowhere is refused with line and column', () => {
  const wrong: [(data: TraceFile) => void, RegExp][] = [
    [data => Object.assign(data.program, { slots: 0 }), /t\.json:\d+:\d+: there is no slot 1/],
    [data => data.program.buffers.splice(1), /t\.json:\d+:\d+: there is no buffer 1/],
    [data => data.program.steps[0]!.args.pop(), /t\.json:\d+:\d+: \w+ has 2 arguments, expected 3/],
    [data => Object.assign(data.program.buffers[0]!, { size: 1 }), /3 bytes for a buffer of 1/],
  ];
  for (const [spoil, message] of wrong) {
    const data = JSON.parse(JSON.stringify(written())) as TraceFile;
    spoil(data);
    assert.throws(() => loadTrace('t.json', JSON.stringify(data, null, 1)), message);
  }
});

test('what is no trace is refused with its path and place', () => {
  const wrong: [(data: Record<string, unknown>) => void, RegExp][] = [
    [data => delete data.finding, /t\.json.*finding/],
    [data => Object.assign(data, { trace: 2 }), /t\.json.*trace/],
    [data => Object.assign(data, { device: 'badly' }), /t\.json.*device/],
    [data => Object.assign(data, { more: 1 }), /t\.json.*more/],
  ];
  for (const [spoil, message] of wrong) {
    const data = JSON.parse(JSON.stringify(written())) as Record<string, unknown>;
    spoil(data);
    assert.throws(() => parseTrace('t.json', data), message);
  }
});

test.run();
