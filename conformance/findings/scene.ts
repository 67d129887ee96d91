/** What the program of a finding is made with. It has no capabilities once it has dropped them. */
import type { Value } from '../../schemas/index.ts';
import type { Argument } from '../plan/arguments.ts';
import { addressOf, constant, type ProgramBuilder, slotValue } from '../plan/builder.ts';
import type { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';

/** A job of an Ethos-U: its commands, and the buffer of each region that it has one for. */
export interface Job {
  readonly commands: Value;
  readonly regions?: readonly (Value | undefined)[];
}

const JOB_BYTES = 40;

export class FindingScene {
  readonly builder: ProgramBuilder;
  readonly maker: CallMaker;
  readonly context: PlanContext;
  /** The step that filled a slot. */
  private readonly origins = new Map<number, number>();
  private opened = 0;

  constructor(builder: ProgramBuilder, maker: CallMaker, context: PlanContext) {
    this.builder = builder;
    this.maker = maker;
    this.context = context;
  }

  open(): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR);
    if (fd.kind === 'slot') this.origins.set(fd.slot, step);
    this.opened += 1;
    return fd;
  }

  /** From here on without any capability. */
  drop(): void {
    this.builder.step('give up all capabilities', 'identity', [constant(0), constant(0)]);
  }

  /** A client: no capability, and the open node. */
  client(): Value {
    this.drop();
    return this.open();
  }

  call(fd: Value, name: string, values: Record<string, Argument>): number {
    return this.maker.call(fd, this.context.driver.calls.get(name)!, values, {
      label: this.label(name, fd, values),
    });
  }

  /** A call that gives a number back in a member. */
  made(fd: Value, name: string, values: Record<string, Argument>, field: string): Value {
    const slot = this.builder.slot();
    const label = this.label(name, fd, values);
    this.maker.call(fd, this.context.driver.calls.get(name)!, values, { label, keep: { field, slot } });
    const value = slotValue(slot);
    this.origins.set(slot, this.builder.length - 1);
    return value;
  }

  close(fd: Value): number {
    return this.builder.close(fd, `close ${this.word(fd)}`);
  }

  /** The call and its members, as one would tell them; what is 0 stays out. */
  private label(name: string, fd: Value, values: Record<string, Argument>): string {
    const members = Object.entries(values)
      .filter(([, value]) => value !== 0n)
      .filter(
        ([, value]) => value instanceof Uint8Array || typeof value === 'bigint' || value.kind === 'slot',
      )
      .map(([member, value]) => `${member.replace('[]', '')} ${this.word(value)}`);
    const where = this.opened > 1 ? ` on ${this.word(fd)}` : '';
    return `${name}${where}${members.length > 0 ? `: ${members.join(', ')}` : ''}`;
  }

  private word(value: Argument): string {
    if (typeof value === 'bigint') return value < 0x1_0000n ? `${value}` : `0x${value.toString(16)}`;
    if (value instanceof Uint8Array) {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      const words = Array.from({ length: value.length / 4 }, (_, at) => view.getUint32(4 * at, true));
      return words.map(word => word.toString(16)).join(' ');
    }
    const origin = value.kind === 'slot' ? this.origins.get(value.slot) : undefined;
    return origin === undefined ? '?' : `that of step ${origin}`;
  }

  /** Writes a text to a file, as `echo -n TEXT >FILE` does. */
  write(path: string, text: string): number {
    const data = new TextEncoder().encode(text);
    const buffer = this.builder.buffer(data.length, { data });
    return this.builder.step(`write ${text} to ${path}`, 'writefile', [
      this.builder.path(path),
      addressOf(buffer),
      constant(data.length),
    ]);
  }

  /** The `count` steps from `first` on, so many times more. */
  repeat(first: number, count: number, times: number, deadline: number): number {
    const args = [constant(first), constant(count), constant(times)];
    const what = count === 1 ? `step ${first}` : `steps ${first} to ${first + count - 1}`;
    return this.builder.step(`${what} ${times} times more`, 'repeat', args, { deadline });
  }

  /** A buffer of an Ethos-U. */
  memory(fd: Value, size: bigint): Value {
    return this.made(fd, 'DRM_IOCTL_ETHOSU_BO_CREATE', { size, flags: 0n }, 'handle');
  }

  /** A command stream of an Ethos-U. */
  commands(fd: Value, bytes: Uint8Array): Value {
    const name = 'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE';
    const size = BigInt(bytes.length);
    const data = addressOf(this.maker.target(this.context.driver.calls.get(name)!, 'data', size));
    return this.made(fd, name, { size, flags: 0n, data, 'data[]': bytes, pad: 0n }, 'handle');
  }

  submit(fd: Value, jobs: readonly Job[], monitor: Argument = 0n): number {
    const name = 'DRM_IOCTL_ETHOSU_SUBMIT';
    const call = this.context.driver.calls.get(name)!;
    const values: Record<string, Argument> = {
      jobs: addressOf(this.maker.target(call, 'jobs', BigInt(JOB_BYTES * jobs.length))),
      job_count: BigInt(jobs.length),
      perfmon_id: monitor,
    };
    for (const [at, { commands, regions = [] }] of jobs.entries()) {
      values[`jobs[${at}].cmd_bo`] = commands;
      values[`jobs[${at}].sram_size`] = 0n;
      for (const [region, handle] of regions.entries())
        if (handle) values[`jobs[${at}].region_bo_handles[${region}]`] = handle;
    }
    return this.call(fd, name, values);
  }
}
