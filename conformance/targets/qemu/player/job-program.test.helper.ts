/** Hand-made programs that give jobs to the ethosu driver. */
import type { Link, StepResult, Trace, Value } from '../../../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../../../plan/builder.ts';

const NODE = '/dev/accel/accel0';
const READ_WRITE = 2;

/** Request numbers of include/uapi/drm/ethosu_accel.h, drm.h, linux/dma-buf.h and linux/sync_file.h. */
export const request = {
  BO_CREATE: 0xc0106441,
  BO_WAIT: 0xc0106442,
  CMDSTREAM_BO_CREATE: 0xc0186444,
  SUBMIT: 0xc0106445,
  PERFMON_CREATE: 0xc0186446,
  PERFMON_DESTROY: 0xc0086447,
  PERFMON_GET_VALUES: 0xc0106448,
  PERFMON_SET_GLOBAL: 0xc0086449,
  PRIME_HANDLE_TO_FD: 0xc00c642d,
  EXPORT_SYNC_FILE: 0xc0086202,
  SYNC_FILE_INFO: 0xc0383e04,
} as const;

export const FOREVER = 0x7fff_ffff_ffff_ffffn;
/** Of a wait: the driver's watchdog ends a job after 0.5 s, and jobs queue. */
const WAIT_DEADLINE_MS = 20_000;
const FOR_READING = 1;

/** Commands of the NPU (drivers/accel/ethosu/ethosu_device.h:98-194); wide ones carry an address or a length. */
export const command = (code: number, parameter = 0) => [((parameter << 16) | code) >>> 0];
export const wide = (code: number, value: number) => [
  ((Math.floor(value / 2 ** 32) << 16) | code) >>> 0,
  value >>> 0,
];
const STOP = command(0);
const DMA_START = command(0x10);
const INTERNAL = 0x100;

/** A stream that copies `length` bytes from the device's own memory to `offset` of a region. */
export function copyOut(length: number, region = 0, offset = 0): number[] {
  return [
    ...command(0x130, INTERNAL),
    ...command(0x131, region),
    ...wide(0x4031, offset),
    ...wide(0x4032, length),
    ...DMA_START,
    ...STOP,
  ];
}

/** A store into the argument, or into another buffer when it names one. */
interface Patch {
  readonly buffer?: number;
  readonly offset: number;
  readonly width: 4 | 8;
  readonly value: Value;
}

export interface JobOptions {
  readonly stream: Value;
  readonly regions: readonly Value[];
}

export class JobProgram {
  readonly builder = new ProgramBuilder();
  private descriptor: Value | undefined;

  /** The node, opened at its first use. */
  get fd(): Value {
    this.descriptor ??= this.open();
    return this.descriptor;
  }

  /** Opens the node once more and uses that descriptor from now on. */
  open(): Value {
    this.descriptor = this.builder.open(NODE, READ_WRITE).fd;
    return this.descriptor;
  }

  use(fd: Value): void {
    this.descriptor = fd;
  }

  /** One call with 32-bit words as its argument; `out` are byte offsets of words to keep, `patches` slots to put in. */
  call(
    name: keyof typeof request,
    words: readonly number[],
    patches: readonly Patch[] = [],
    out?: number,
    fd: Value = this.fd,
    deadline = WAIT_DEADLINE_MS,
  ): { step: number; buffer: number; value: Value } {
    const { builder } = this;
    const buffer = builder.buffer(4 * words.length, { data: bytesOf(words) });
    const slot = builder.slot();
    const step = builder.step(name, 'ioctl', [fd, constant(request[name]), addressOf(buffer)], {
      deadline,
      patches: patches.map(patch => ({ buffer, ...patch })),
      captures: out === undefined ? [] : [{ slot, from: 'buffer', buffer, offset: out, width: 4 }],
    });
    return { step, buffer, value: slotValue(slot) };
  }

  stream(words: readonly number[]): Value {
    const data = addressOf(this.builder.buffer(4 * words.length, { data: bytesOf(words) }));
    const patch = { offset: 8, width: 8, value: data } as const;
    return this.call('CMDSTREAM_BO_CREATE', [4 * words.length, 0, 0, 0, 0, 0], [patch], 16).value;
  }

  memory(size: number): Value {
    return this.call('BO_CREATE', [size, 0, 0, 0], [], 12).value;
  }

  /** Submits jobs in one call; gives its step. */
  submit(jobs: readonly JobOptions[], perfmon: Value = constant(0)): number {
    const list = this.builder.buffer(40 * jobs.length);
    const handles = jobs.flatMap(({ stream, regions }, index) =>
      [stream, constant(0), ...regions].map((value, word) => ({
        buffer: list,
        offset: 40 * index + 4 * word,
        width: 4 as const,
        value,
      })),
    );
    const patches = [
      { offset: 0, width: 8, value: addressOf(list) },
      { offset: 12, width: 4, value: perfmon },
      ...handles,
    ] as const;
    return this.call('SUBMIT', [0, 0, jobs.length, 0], patches).step;
  }

  wait(handle: Value, timeout: bigint = FOREVER): number {
    const patches = [
      { offset: 0, width: 4, value: handle },
      { offset: 8, width: 8, value: constant(timeout) },
    ] as const;
    return this.call('BO_WAIT', [0, 0, 0, 0], patches).step;
  }

  /** A sync file with the fence of the job that writes the buffer; give it to `status` once it is over. */
  fence(handle: Value): Value {
    const dmabuf = this.call(
      'PRIME_HANDLE_TO_FD',
      [0, 0, 0],
      [{ offset: 0, width: 4, value: handle }],
      8,
    ).value;
    return this.call('EXPORT_SYNC_FILE', [FOR_READING, 0], [], 4, dmabuf).value;
  }

  /** Step and buffer of the information; the status is the signed word at 32. */
  status(fence: Value): number {
    return this.call('SYNC_FILE_INFO', Array(14).fill(0), [], 32, fence).step;
  }

  monitor(events: readonly number[], count = events.length): Value {
    const halves = Array.from({ length: 8 }, (_, index) => events[index] ?? 0);
    const words = [0, 2, 4, 6].map(index => (halves[index]! | (halves[index + 1]! << 16)) >>> 0);
    return this.call('PERFMON_CREATE', [0, count, ...words], [], 0).value;
  }

  /** Reads the values; gives the buffer of 64-bit words. */
  values(monitor: Value, count: number): { step: number; buffer: number } {
    const buffer = this.builder.buffer(8 * count);
    const patches = [
      { offset: 0, width: 4, value: monitor },
      { offset: 8, width: 8, value: addressOf(buffer) },
    ] as const;
    return { step: this.call('PERFMON_GET_VALUES', [0, 0, 0, 0], patches).step, buffer };
  }

  destroy(monitor: Value): number {
    return this.call('PERFMON_DESTROY', [0, 0], [{ offset: 0, width: 4, value: monitor }]).step;
  }

  setGlobal(monitor: Value, flags = 0): number {
    return this.call('PERFMON_SET_GLOBAL', [flags, 0], [{ offset: 4, width: 4, value: monitor }]).step;
  }

  sleep(ms: number): number {
    return this.builder.step('sleep', 'sleep', [constant(ms)], { deadline: ms + WAIT_DEADLINE_MS });
  }

  async run(link: Link): Promise<Ran> {
    const program = this.builder.build();
    return new Ran(await link.run(program), this.builder.labels);
  }
}

function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word >>> 0, 4 * index);
  return bytes;
}

/** What came out of a program. */
export class Ran {
  readonly trace: Trace;
  readonly labels: readonly string[];

  constructor(trace: Trace, labels: readonly string[]) {
    this.trace = trace;
    this.labels = labels;
  }

  step(index: number): StepResult {
    const found = this.trace.results[index];
    if (found === undefined) {
      throw new Error(`step ${index} (${this.labels[index]}) has no result:\n${this.log.join('\n')}`);
    }
    return found;
  }

  /** errno, 0 when the call did not fail. */
  errno(index: number): number {
    return this.step(index).errno;
  }

  milliseconds(index: number): number {
    const { before, after } = this.step(index);
    return Number(after - before) / 1e6;
  }

  /** From the start of one step to the end of another. */
  between(first: number, last: number): number {
    return Number(this.step(last).after - this.step(first).before) / 1e6;
  }

  /** The first bytes of a buffer as the step changed them; unchanged bytes read as 0. */
  changed(index: number, buffer: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (const diff of this.step(index).diffs) {
      if (diff.buffer === buffer)
        bytes.set(diff.bytes.subarray(0, Math.max(0, length - diff.offset)), diff.offset);
    }
    return bytes;
  }

  get log(): string[] {
    return this.trace.log.map(({ text }) => text);
  }
}
