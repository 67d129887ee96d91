/**
 * What went over the link of a run, in its order: every program as it was sent and everything that came back. Nothing
 * is left out and nothing is judged: whoever has the tape can judge it anew.
 */
import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import {
  type Claim,
  type Hello,
  InvalidData,
  type LogRecord,
  type Program,
  type ProgramEnd,
  parseSource,
  type StepResult,
  type StepStatus,
  validate,
} from '../../schemas/index.ts';
import { writeProgram } from '../trace/trace-file.ts';

/** A result in one line: the numbers of a step, then what it changed. */
type ResultLine = readonly [
  status: StepStatus,
  ret: string,
  errno: number,
  signal: number,
  before: string,
  after: string,
  diffs: readonly (readonly [buffer: number, offset: number, hex: string])[],
  hashes: readonly (readonly [buffer: number, crc32: number])[],
];

export type TapeEntry =
  | { readonly did: 'hello'; readonly hello: HelloLine; readonly can: readonly Ability[] }
  | {
      readonly did: 'run';
      readonly program: unknown;
      readonly prompt: boolean;
      readonly results: readonly ResultLine[];
      readonly log: readonly LogRecord[];
      readonly end?: {
        readonly status: ProgramEnd['status'];
        readonly taint: string;
        readonly stack: string;
      };
      /** The link failed: how. */
      readonly lost?: string;
    }
  | { readonly did: 'device'; readonly mood: string }
  | {
      readonly did: 'readAgain';
      readonly steps: readonly { readonly step: number; readonly bytes: number }[];
    }
  | { readonly did: 'postmortem'; readonly text: string }
  | { readonly did: 'reopen' };

/** What a link or a target may or may not have; a run goes another way without it. */
export type Ability = 'device' | 'readAgain' | 'postmortem' | 'reopen';

type HelloLine = Omit<Hello, 'capabilities' | 'taint'> & {
  readonly capabilities: string;
  readonly taint: string;
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const unhex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

export const writeHello = (hello: Hello): HelloLine => ({
  ...hello,
  capabilities: String(hello.capabilities),
  taint: String(hello.taint),
});
export const readHello = (hello: HelloLine): Hello => ({
  ...hello,
  capabilities: BigInt(hello.capabilities),
  taint: BigInt(hello.taint),
});

export const writeResult = (result: StepResult): ResultLine => [
  result.status,
  String(result.ret),
  result.errno,
  result.signal,
  String(result.before),
  String(result.after),
  result.diffs.map(({ buffer, offset, bytes }) => [buffer, offset, hex(bytes)] as const),
  result.hashes.map(({ buffer, crc32 }) => [buffer, crc32] as const),
];
export function readResult(line: ResultLine, step: number): StepResult {
  const [status, ret, errno, signal, before, after, diffs, hashes] = line;
  return {
    step,
    status,
    ret: BigInt(ret),
    errno,
    signal,
    before: BigInt(before),
    after: BigInt(after),
    diffs: diffs.map(([buffer, offset, bytes]) => ({ buffer, offset, bytes: unhex(bytes) })),
    hashes: hashes.map(([buffer, crc32]) => ({ buffer, crc32 })),
  };
}

/** A program as the tape has it; the same program always gives the same. */
export const tapedProgram = (program: Program) => writeProgram(program, []);

export type PackedTape = Claim['recording'];

/** A window over many programs, which are alike; the highest quality takes minutes and gains little. */
const PACKING = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 24 },
};
const PIECES = /.{1,65536}/g;
/** Bytes of the lines at most, so that a small file cannot fill the memory. */
const MOST_BYTES = 1 << 29;

export function packTape(entries: readonly TapeEntry[]): PackedTape {
  const lines = Buffer.from(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''));
  return {
    encoding: 'jsonl+brotli+base64',
    sha256: createHash('sha256').update(lines).digest('hex'),
    bytes: lines.length,
    data: brotliCompressSync(lines, PACKING).toString('base64').match(PIECES) as PackedTape['data'],
  };
}

/** Throws an InvalidData when the packed lines are not those that the file says, or none of a tape. */
export function unpackTape(path: string, { sha256, bytes, data }: PackedTape): TapeEntry[] {
  let lines: Buffer;
  try {
    lines = brotliDecompressSync(Buffer.from(data.join(''), 'base64'), { maxOutputLength: MOST_BYTES });
  } catch {
    throw new InvalidData(
      `${path}:1:1: its recording cannot be unpacked; make the claim anew with validate --claim`,
    );
  }
  const found = createHash('sha256').update(lines).digest('hex');
  if (found !== sha256 || lines.length !== bytes)
    throw new InvalidData(
      `${path}:1:1: its recording is not the one that the claim was made with (SHA-256 ${found.slice(0, 12)}, expected ${sha256.slice(0, 12)}); make the claim anew with validate --claim`,
    );
  return lines
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map((line, at) =>
      validate<TapeEntry>(
        'tape',
        `${path}: line ${at + 1} of its recording`,
        parseSource(path, line, { format: 'json', line: at + 1, most: MOST_LINE }).data,
      ),
    );
}

/** Bytes of one line at most: a program with its buffers as hexadecimal text. */
const MOST_LINE = 1 << 24;
