/**
 * What well-formed frames of an executor may still not say. An executor that breaks these rules of the protocol
 * page is the kit's trouble; judging what it says would blame the driver for it. Each function gives what is wrong
 * as the rest of a sentence that begins with the executor's name, or undefined.
 */

import {
  type Hello,
  type LogRecord,
  type Program,
  type ProgramEnd,
  protocol,
  protocolConstant,
  type StepResult,
  sectionsOf,
} from '../../schemas/index.ts';

/** Most that a Linux system call returns negated (MAX_ERRNO of include/linux/err.h). */
const MAX_ERRNO = 4095;
/** Pages of the kernels that accelerators run on (arm64 and riscv have the largest choice). */
const PAGE_SIZES = [0x1000, 0x4000, 0x10000];
const MAX_LOG = protocolConstant(protocol, 'PROTO_MAX_LOG');
const MAX_LOG_TEXT = protocolConstant(protocol, 'PROTO_MAX_LOG_TEXT');

export function wrongHello(hello: Hello): string | undefined {
  const version = protocolConstant(protocol, 'PROTO_VERSION');
  const limit = protocolConstant(protocol, 'PROTO_DIFF_LIMIT');
  if (hello.protocol !== version)
    return `speaks version ${hello.protocol} of the protocol, this kit version ${version}; rebuild it from this kit`;
  if (!PAGE_SIZES.includes(hello.pageSize))
    return `says that a page has ${hello.pageSize} bytes; expected ${PAGE_SIZES.join(', ')}`;
  if (hello.diffLimit !== limit)
    return `says that its limit of differences is ${hello.diffLimit} bytes; expected ${limit}`;
  return undefined;
}

/** Whether no step may follow one that ended so. */
const cuts = (result: StepResult) => result.status !== 'done' && result.status !== 'fault';

/** Lanes run side by side: where one does not end, the steps of the others have their results all the same. */
function sameSection(program: Program, one: number, other: number): boolean {
  return sectionsOf(program).some(({ step, end }) => one > step && other < end);
}

export function wrongResult(
  program: Program,
  before: readonly StepResult[],
  result: StepResult,
  diffLimit: number,
): string | undefined {
  const expected = before.length;
  const last = before.at(-1);
  if (result.step !== expected || expected >= program.steps.length)
    return `sent the result of step ${result.step} where ${expected < program.steps.length ? `step ${expected}` : 'the end'} was expected`;
  const cut = before.find(cuts);
  if (last && cut && !sameSection(program, cut.step, result.step))
    return `sent the result of step ${result.step} after step ${cut.step} had ended with ${cut.status}`;
  const { errno, ret, status } = result;
  if (errno !== 0 && (status !== 'done' || ret !== -1n || errno > MAX_ERRNO))
    return `says of step ${result.step} that it ended with ${status}, ret ${ret} and error ${errno}, which cannot be`;
  return wrongChanges(program, result, diffLimit);
}

function wrongChanges(
  program: Program,
  { step, diffs, hashes }: StepResult,
  limit: number,
): string | undefined {
  const reported = (buffer: number, how: 'difference' | 'checksum'): string | undefined => {
    const { size, access } = program.buffers[buffer] ?? {};
    if (size === undefined) return `which does not exist`;
    if (access !== 'readwrite') return `which cannot change`;
    if (size > limit !== (how === 'checksum')) return `which is reported by the other means`;
    return undefined;
  };
  let end = { buffer: -1, offset: 0 };
  for (const { buffer, offset, bytes } of diffs) {
    const where = `reported for step ${step} a difference in buffer ${buffer}`;
    const wrong = reported(buffer, 'difference');
    if (wrong) return `${where}, ${wrong}`;
    const { size } = program.buffers[buffer]!;
    if (bytes.length === 0 || offset + bytes.length > size)
      return `${where} at ${offset} of ${bytes.length} bytes, but the buffer has ${size}`;
    if (buffer < end.buffer || (buffer === end.buffer && offset < end.offset))
      return `${where} at ${offset} out of order`;
    end = { buffer, offset: offset + bytes.length };
  }
  let last = -1;
  for (const { buffer } of hashes) {
    const wrong = buffer <= last ? 'out of order' : reported(buffer, 'checksum');
    if (wrong) return `reported for step ${step} a checksum of buffer ${buffer}, ${wrong}`;
    last = buffer;
  }
  return undefined;
}

/** `before` counts the records of the program that came already. */
export function wrongLog(
  program: Program,
  { step, text }: LogRecord,
  announced: boolean,
  before: number,
): string | undefined {
  if (!announced) return 'sent a record of the kernel log, though its HELLO says that there is none';
  if (step < -1 || step >= program.steps.length)
    return `sent a record of the kernel log for step ${step}; the program has ${program.steps.length}`;
  if (before >= MAX_LOG) return `sent more than ${MAX_LOG} records of the kernel log for one program`;
  // In UTF-16 a text has never more units than it has bytes in UTF-8.
  if (text.length > MAX_LOG_TEXT)
    return `sent a record of the kernel log of ${text.length} characters; at most ${MAX_LOG_TEXT} bytes fit`;
  return undefined;
}

export function wrongEnd(
  program: Program,
  results: readonly StepResult[],
  { status }: ProgramEnd,
): string | undefined {
  const [begun, all] = [results.length, program.steps.length];
  const last = results.find(cuts);
  if (status === 'complete' && begun !== all)
    return `called a program complete after ${begun} of its ${all} steps`;
  if (status === 'complete' && last)
    return `called a program complete whose step ${last.step} ended with ${last.status}`;
  if (status === 'cut' && begun !== all && !last)
    return `cut a program after ${begun} of its ${all} steps, but no step says why`;
  return undefined;
}
