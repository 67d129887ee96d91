/** A program about dma-bufs and sync files: makes them, calls them, and looks at them from all sides. */
import { type CallDescription, type HandedOut, systemConstant, type Value } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Arguments, CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { POISON } from '../plan/sandwich.ts';

const POLLIN = systemConstant('POLLIN');
const POLLOUT = systemConstant('POLLOUT');
/** DMA_BUF_SYNC_RW: reading and writing. */
export const BOTH = BigInt(systemConstant('DMA_BUF_SYNC_RW'));
const SEEK = { set: 0, current: 1, end: 2 } as const;
/** More fences than a test makes. */
export const ROOM = 4;

export class FileScene {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly controls: number[] = [];
  readonly probes: number[] = [];
  readonly context: PlanContext;
  private readonly node: Value;

  constructor(context: PlanContext) {
    this.context = context;
    this.maker = new CallMaker(this.builder, context);
    this.node = this.open();
  }

  /** Another client. */
  open(): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR);
    this.controls.push(step);
    return fd;
  }

  named(name: string): CallDescription {
    return this.context.driver.files.get(name)!;
  }

  /** A file of a buffer that nobody uses. */
  buffer(kind: HandedOut = 'dma-buf'): Value {
    const made = this.maker.freshDescriptor(this.node, 'dma-buf')!;
    this.controls.push(...made.steps);
    return kind === 'dma-buf' ? made.fd : this.exported(made.fd).fd;
  }

  /** A call that the clause is about. */
  call(fd: Value, name: string, values: Arguments, label = name): number {
    const step = this.maker.call(fd, this.named(name), values, { label, poison: POISON });
    this.probes.push(step);
    return step;
  }

  /** A new sync file of the buffer. */
  exported(buffer: Value, flags = BOTH): { step: number; fd: Value } {
    const slot = this.builder.slot();
    const call = this.named('DMA_BUF_IOCTL_EXPORT_SYNC_FILE');
    const step = this.maker.call(buffer, call, { flags }, { keep: { field: 'fd', slot } });
    this.probes.push(step);
    return { step, fd: slotValue(slot) };
  }

  merged(a: Value, b: Value, name: string, values: Arguments = {}): { step: number; fd: Value } {
    const slot = this.builder.slot();
    const letters = [...new TextEncoder().encode(name)].map((byte, at) => [`name[${at}]`, BigInt(byte)]);
    const all = { fd2: b, flags: 0n, pad: 0n, ...Object.fromEntries(letters), ...values };
    const keep = { field: 'fence', slot };
    const label = `SYNC_IOC_MERGE, named ${JSON.stringify(name)}`;
    const step = this.maker.call(a, this.named('SYNC_IOC_MERGE'), all, { keep, label });
    this.probes.push(step);
    return { step, fd: slotValue(slot) };
  }

  /** What is told of a sync file, and the buffer of what is told of each fence when there is room for some. */
  info(file: Value, room: number): { step: number; fences: number } {
    const fences = this.builder.buffer(4096, { align: 'start' });
    const values = { num_fences: BigInt(room), sync_fence_info: addressOf(fences) };
    const label = `SYNC_IOC_FILE_INFO with room for ${room}`;
    return { step: this.call(file, 'SYNC_IOC_FILE_INFO', values, label), fences };
  }

  poll(fd: Value, label: string, events: number = POLLIN, ms = 0): void {
    this.probes.push(this.builder.step(label, 'poll', [fd, constant(events), constant(ms)]));
  }

  /** All ways to ask whether the buffer is idle. */
  pollBuffer(fd: Value, label: string): void {
    for (const events of [POLLIN, POLLOUT, POLLIN | POLLOUT, 0])
      this.poll(fd, `poll ${label} for events ${events}`, events);
  }

  seek(fd: Value): void {
    const ways = [
      [0, SEEK.end],
      [0, SEEK.set],
      [0, SEEK.current],
      [1, SEEK.end],
      [4096, SEEK.set],
    ] as const;
    for (const [offset, whence] of ways)
      this.probes.push(
        this.builder.step(`seek to ${offset}, whence ${whence}`, 'lseek', [
          fd,
          constant(offset),
          constant(whence),
        ]),
      );
  }

  case(clause: ClauseId, instance: string, more: Partial<Instance> = {}): Case {
    const { controls, probes, builder } = this;
    return {
      name: `${clause.slice(clause.indexOf('.') + 1)}.${instance}`,
      family: 'files',
      program: builder.build(),
      labels: builder.labels,
      instances: [{ clause, instance, controls, probes, ...more }],
    };
  }
}
