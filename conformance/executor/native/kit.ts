/** What the native tests have in common. */
import { spawnSync } from 'node:child_process';
import type { uvu } from 'uvu';
import { protocol } from '../../../schemas/generated/protocol.ts';
import type {
  AbiName,
  Buffer as Area,
  Link,
  Step,
  StepResult,
  Trace,
  Value,
} from '../../../schemas/index.ts';
import { protocolCodec } from '../../../schemas/protocol/codec.ts';

export type { Area, Step };

export interface Context {
  /** A link to the executor under test, shared by the suite. */
  link: Link;
  /** An empty folder. */
  folder: string;
}
export type Suite = uvu.Test<Context>;
export interface Build {
  readonly abi: AbiName;
  /** Path of the executor. */
  readonly path: string;
}

export const E = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EFAULT: 14,
  EISDIR: 21,
  EINVAL: 22,
  ENOTTY: 25,
  ENOSPC: 28,
  ERANGE: 34,
} as const;
export const SIGSEGV = 11;
export const codec = protocolCodec(protocol);

export const c = (value: number | bigint): Value => ({ kind: 'const', value: BigInt(value) });
export const at = (buffer: number, offset = 0): Value => ({
  kind: 'address',
  buffer,
  offset: BigInt(offset),
});
export const slot = (number: number, more: { shift?: number; mask?: bigint; add?: bigint } = {}): Value => ({
  kind: 'slot',
  slot: number,
  ...more,
});
export const text = (words: string): Area => ({
  size: words.length + 1,
  data: new TextEncoder().encode(words),
  access: 'read',
  align: 'end',
});
export const area = (size: number, more: Partial<Area> = {}): Area => ({
  size,
  data: new Uint8Array(),
  access: 'readwrite',
  align: 'end',
  ...more,
});
export const step = (op: Step['op'], args: readonly Value[], more: Partial<Step> = {}): Step => ({
  op,
  args,
  deadline: 5000,
  ...more,
});
export const keep = (number: number): Partial<Step> => ({ captures: [{ slot: number, from: 'return' }] });
/** What a test mostly asks of a result. */
export const short = ({ status, ret, errno, signal }: StepResult) =>
  `${status} ${ret}${errno ? ` errno ${errno}` : ''}${signal ? ` signal ${signal}` : ''}`;
export const shorts = (trace: Trace) => trace.results.map(short);
export const changed = (result: StepResult) =>
  result.diffs.map(diff => `${diff.buffer}+${diff.offset}:${Buffer.from(diff.bytes).toString('hex')}`);

export function have(compiler: string): boolean {
  return spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0;
}

export const run = (link: Link, buffers: Area[], ...steps: Step[]) => link.run({ buffers, slots: 8, steps });
