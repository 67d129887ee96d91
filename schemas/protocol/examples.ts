/** The conversation that the protocol page shows byte by byte; also a vector for other implementations. */

import type { Program, StepResult, Value } from '../program/program.ts';
import type { Message } from './codec.ts';

const number = (value: bigint): Value => ({ kind: 'const', value });
const slot: Value = { kind: 'slot', slot: 0 };

export const exampleProgram: Program = {
  buffers: [
    { size: 10, data: new TextEncoder().encode('/dev/null\0'), access: 'read', align: 'end' },
    { size: 16, data: new Uint8Array([0xaa]), access: 'readwrite', align: 'end' },
  ],
  slots: 1,
  steps: [
    {
      op: 'open',
      args: [{ kind: 'address', buffer: 0 }, number(2n), number(0n)],
      captures: [{ slot: 0, from: 'return' }],
      deadline: 1000,
    },
    {
      op: 'store',
      args: [{ kind: 'address', buffer: 1, offset: 4n }, number(4n), number(0x11223344n)],
      deadline: 1000,
    },
    { op: 'close', args: [slot], deadline: 1000 },
    { op: 'read', args: [slot, { kind: 'address', buffer: 1 }, number(16n)], deadline: 1000 },
  ],
};

const result = (step: number, ret: bigint, errno: number, diffs: StepResult['diffs'] = []): StepResult => ({
  step,
  status: 'done',
  ret,
  errno,
  signal: 0,
  before: 1_000_000_000n + BigInt(step) * 10_000n,
  after: 1_000_005_000n + BigInt(step) * 10_000n,
  diffs,
  hashes: [],
});

export const examples: readonly { readonly title: string; readonly message: Message }[] = [
  {
    title: 'HELLO of an x86_64 executor without privileges',
    message: {
      type: 'hello',
      hello: {
        protocol: 1,
        abi: 'x86_64',
        pageSize: 4096,
        release: '7.3.4',
        bootId: '00000000-0000-4000-8000-000000000000',
        uid: 1000,
        capabilities: 0n,
        log: false,
        lanes: true,
        taint: 0n,
        diffLimit: 4096,
      },
    },
  },
  { title: 'PROGRAM 0', message: { type: 'program', number: 0, program: exampleProgram } },
  { title: 'RESULT: open returned 3', message: { type: 'result', number: 0, result: result(0, 3n, 0) } },
  {
    title: 'RESULT: the store changed four bytes',
    message: {
      type: 'result',
      number: 0,
      result: result(1, 0n, 0, [{ buffer: 1, offset: 4, bytes: new Uint8Array([0x44, 0x33, 0x22, 0x11]) }]),
    },
  },
  { title: 'RESULT: close returned 0', message: { type: 'result', number: 0, result: result(2, 0n, 0) } },
  {
    title: 'RESULT: read failed with EBADF (9)',
    message: { type: 'result', number: 0, result: result(3, -1n, 9) },
  },
  {
    title: 'END',
    message: { type: 'end', number: 0, end: { status: 'complete', taint: 0n, stack: '' } },
  },
  { title: 'BYE', message: { type: 'bye' } },
];
