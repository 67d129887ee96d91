import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Buffer, Hello, Program, StepResult } from '../../schemas/index.ts';
import { wrongEnd, wrongHello, wrongLog, wrongResult } from './check.ts';

const LIMIT = 4096;
const buffer = (size: number, access: Buffer['access'] = 'readwrite'): Buffer => ({
  size,
  data: new Uint8Array(),
  access,
  align: 'end',
});
const program: Program = {
  buffers: [buffer(16), buffer(LIMIT + 1), buffer(16, 'read')],
  slots: 0,
  steps: [0, 1].map(() => ({ op: 'nop', args: [], deadline: 1000 })),
};
const result = (over: Partial<StepResult> = {}): StepResult => ({
  step: 0,
  status: 'done',
  ret: 0n,
  errno: 0,
  signal: 0,
  before: 1n,
  after: 2n,
  diffs: [],
  hashes: [],
  ...over,
});
const diff = (buffer: number, offset: number, length: number) => ({
  buffer,
  offset,
  bytes: new Uint8Array(length),
});
const check = (over: Partial<StepResult>) => wrongResult(program, [], result(over), LIMIT);

const says = (wrong: string | undefined, pattern: RegExp) => assert.match(wrong ?? 'nothing', pattern);

test('results that may be', () => {
  assert.is(check({}), undefined);
  assert.is(check({ ret: -1n, errno: 4095 }), undefined);
  assert.is(check({ ret: -1n }), undefined, 'a load of all ones');
  assert.is(check({ status: 'fault', ret: -1n, signal: 11 }), undefined);
  assert.is(check({ diffs: [diff(0, 0, 1), diff(0, 9, 7)], hashes: [{ buffer: 1, crc32: 5 }] }), undefined);
});

test('an errno that cannot be', () => {
  says(check({ errno: 25 }), /ended with done, ret 0 and error 25, which cannot be/);
  says(check({ ret: -1n, errno: 4096 }), /which cannot be/);
  says(check({ ret: -1n, errno: 4, status: 'died' }), /which cannot be/);
});

test('changes that cannot be', () => {
  says(check({ diffs: [diff(3, 0, 1)] }), /in buffer 3, which does not exist/);
  says(check({ diffs: [diff(2, 0, 1)] }), /in buffer 2, which cannot change/);
  says(check({ diffs: [diff(1, 0, 1)] }), /in buffer 1, which is reported by the other means/);
  says(check({ diffs: [diff(0, 15, 2)] }), /at 15 of 2 bytes, but the buffer has 16/);
  says(check({ diffs: [diff(0, 0xffffffff, 1)] }), /but the buffer has 16/);
  says(check({ diffs: [diff(0, 0, 0)] }), /of 0 bytes/);
  says(check({ diffs: [diff(0, 4, 4), diff(0, 7, 1)] }), /at 7 out of order/);
  says(check({ hashes: [{ buffer: 0, crc32: 5 }] }), /reported by the other means/);
  const twice = [1, 1].map(buffer => ({ buffer, crc32: 5 }));
  says(check({ hashes: twice }), /a checksum of buffer 1, out of order/);
});

test('what may follow a step', () => {
  const next = (last: StepResult) => wrongResult(program, [last], result({ step: 1 }), LIMIT);
  assert.is(next(result({ status: 'fault' })), undefined);
  says(next(result({ status: 'deadline' })), /result of step 1 after step 0 had ended with deadline/);
  const end = (results: StepResult[], status: 'complete' | 'cut') =>
    wrongEnd(program, results, { status, taint: 0n, stack: '' });
  const [first, second] = [result(), result({ step: 1 })];
  assert.is(end([first, second], 'complete'), undefined);
  assert.is(end([first, second], 'cut'), undefined, 'the worker did not exit');
  assert.is(end([first, { ...second, status: 'died' }], 'cut'), undefined);
  assert.is(end([{ ...first, status: 'unkillable' }], 'cut'), undefined);
  says(end([first], 'complete'), /complete after 1 of its 2 steps/);
  says(end([first, { ...second, status: 'died' }], 'complete'), /complete whose step 1 ended with died/);
  says(end([first], 'cut'), /after 1 of its 2 steps, but no step says why/);
});

test('records of the kernel log', () => {
  const log = (step: number, announced = true, before = 0, text = '') =>
    wrongLog(program, { step, level: 4, text }, announced, before);
  assert.is(log(-1), undefined);
  assert.is(log(1), undefined);
  says(log(2), /for step 2; the program has 2/);
  says(log(-2), /for step -2/);
  says(log(0, false), /its HELLO says that there is none/);
  assert.is(log(0, true, 65535, 'x'.repeat(8192)), undefined, 'as many and as long as may be');
  says(log(0, true, 65536), /more than 65536 records/);
  says(log(0, true, 0, 'x'.repeat(8193)), /of 8193 characters; at most 8192 bytes fit/);
});

test('a HELLO', () => {
  const hello: Hello = {
    protocol: 1,
    abi: 'x86_64',
    pageSize: 0x4000,
    release: '7.3.4',
    bootId: '',
    uid: 0,
    capabilities: 0n,
    log: false,
    taint: 0n,
    diffLimit: LIMIT,
  };
  assert.is(wrongHello(hello), undefined);
  says(wrongHello({ ...hello, protocol: 2 }), /speaks version 2/);
  says(wrongHello({ ...hello, pageSize: 5000 }), /a page has 5000 bytes/);
  says(wrongHello({ ...hello, diffLimit: 1 }), /limit of differences is 1 bytes/);
});

test.run();
