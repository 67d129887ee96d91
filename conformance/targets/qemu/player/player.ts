/**
 * Plays the registers of an Ethos-U NPU in memory that the guest shares, so that the unmodified driver has a device.
 *
 * The registers are plain memory: of what the guest writes twice between two looks only the last is seen, and a
 * write of the player can undo one of the guest. What makes this safe is how the driver writes
 * (drivers/accel/ethosu/ethosu_job.c:45-76, 260-270; ethosu_drv.c:176-186):
 *
 * - A job is QBASE, then QSIZE (never 0: a stream ends with a stop), then CMD. The player takes QSIZE away when it
 *   takes the job, so a QSIZE that is not 0 is a new job, even when a clearing of the interrupt has overwritten the
 *   RUN in CMD; then the second look that finds it takes it.
 * - The driver has one job at a time and never reads CMD, QBASE, QSIZE or RESET. The player never writes CMD. STATUS
 *   and QREAD are written by the player alone.
 * - RESET is written when the driver resets, before the next job; the player takes it away.
 *
 * What the player cannot know: how often the interrupt was cleared; whether the driver cleared an interrupt before or
 * after it started the next job; registers as they were before a second write; when exactly something was
 * written (it knows it to a look). A reset shows only in the time until the next look, so STATUS and the counters
 * still hold their old values while the driver already goes on.
 */
import type { Registers } from '../guest-memory.ts';
import type { DeviceBehaviour, JobEnd, PlayedJob } from './behaviour.ts';
import type { InterruptLine } from './interrupt-line.ts';
import { Monitor } from './monitor.ts';
import * as npu from './npu-registers.ts';

/** How often the player looks, in ms. Each look costs some microseconds of one core. */
const LOOK_MS = 1;
/** Jobs that are remembered. */
const KEPT = 1000;
/** How often the read position moves, in ms: the driver looks for 100 ms whether it does (ethosu_job.c:287-290). */
const MOVE_MS = 5;

type Written<T> = { -readonly [Key in keyof T]: T[Key] };

export class Player {
  readonly jobs: PlayedJob[] = [];
  private readonly registers: Registers;
  private readonly line: InterruptLine;
  private readonly monitor: Monitor;
  private readonly looking: NodeJS.Timeout;
  private behaviour: DeviceBehaviour;
  /** That of the current job. */
  private playing: DeviceBehaviour;
  /** What the current job's behaviour still has to do. */
  private pending: NodeJS.Timeout | undefined;
  private current: Written<PlayedJob> | undefined;
  /** A job was seen at the last look, but not its RUN. */
  private handed = false;

  constructor(registers: Registers, line: InterruptLine, behaviour: DeviceBehaviour = { kind: 'complete' }) {
    this.registers = registers;
    this.line = line;
    this.behaviour = behaviour;
    this.playing = behaviour;
    this.monitor = new Monitor(registers);
    this.looking = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** From the next job on; also ends a reset that never ended. */
  set(behaviour: DeviceBehaviour): void {
    this.behaviour = behaviour;
    const { registers } = this;
    const status = registers.read32(npu.STATUS);
    if (status & npu.RESETTING) registers.write32(npu.STATUS, status & ~npu.RESETTING);
  }

  /** Raises the interrupt now, whatever the device does, with these bits of STATUS beside the raised interrupt. */
  interrupt(reason = 0): void {
    const running = this.registers.read32(npu.STATUS) & npu.RUNNING;
    this.registers.write32(npu.STATUS, running | reason | npu.IRQ_RAISED);
    this.line.pulse();
  }

  stop(): void {
    clearInterval(this.looking);
    clearTimeout(this.pending);
  }

  private look(): void {
    const { registers } = this;
    // In this order: a reset that the driver made before it handed the job over is seen before the job.
    const size = registers.read32(npu.QSIZE);
    this.monitor.look();
    if (registers.read32(npu.RESET) !== 0) this.reset();
    if (size !== 0) {
      if (this.handed || registers.read32(npu.CMD) & npu.RUN) this.start();
      else this.handed = true;
    } else if (registers.read32(npu.CMD) & npu.CLEAR_IRQ) {
      const status = registers.read32(npu.STATUS);
      if (status & npu.IRQ_RAISED) registers.write32(npu.STATUS, status & ~npu.IRQ_RAISED);
    }
  }

  private reset(): void {
    const { registers, current, playing } = this;
    registers.write32(npu.RESET, 0);
    this.monitor.reset();
    clearTimeout(this.pending);
    this.finish('reset');
    const status = registers.read32(npu.STATUS);
    registers.write32(npu.STATUS, status & npu.RESETTING);
    registers.write32(npu.QREAD, 0);
    if (current !== undefined && playing.kind === 'stale') {
      this.pending = setTimeout(() => this.interrupt(npu.END_REACHED), playing.ms).unref();
    }
  }

  private start(): void {
    const { registers } = this;
    const wide = (low: number) => BigInt(registers.read32(low)) | (BigInt(registers.read32(low + 4)) << 32n);
    const job: Written<PlayedJob> = {
      queueBase: wide(npu.QBASE),
      queueSize: registers.read32(npu.QSIZE),
      regions: Array.from({ length: npu.REGIONS }, (_, region) => wide(npu.basePointer(region))),
      monitor: this.monitor.setup(),
      behaviour: this.behaviour.kind,
      started: performance.now(),
      ended: undefined,
      end: 'running',
    };
    this.jobs.push(job);
    if (this.jobs.length > KEPT) this.jobs.shift();
    this.current = job;
    this.handed = false;
    if (this.playing.kind !== 'stale') clearTimeout(this.pending);
    this.playing = this.behaviour;
    if (this.playing.kind === 'hang' && this.playing.once) this.behaviour = { kind: 'complete' };
    registers.write32(npu.QSIZE, 0);
    registers.write32(npu.QREAD, 0);
    registers.write32(npu.STATUS, npu.RUNNING);
    this.run(job);
  }

  private run(job: PlayedJob): void {
    const { playing, registers } = this;
    switch (playing.kind) {
      case 'complete':
        this.end('completed');
        break;
      case 'late':
        this.pending = setTimeout(() => this.end('completed'), playing.ms).unref();
        break;
      case 'fault':
      case 'parse-error': {
        const { kind, ms } = playing;
        if (ms === undefined) this.end(kind);
        else this.pending = setTimeout(() => this.end(kind), ms).unref();
        break;
      }
      case 'hang':
      case 'stale':
        registers.write32(npu.STATUS, 0);
        break;
      case 'hang-busy':
        this.move(job.queueSize, performance.now() + (playing.moves ?? 0));
        break;
      case 'hang-lost':
        registers.write32(npu.STATUS, 0);
        registers.write32(npu.QREAD, playing.read);
        break;
      case 'hang-reset':
        registers.write32(npu.STATUS, npu.RESETTING);
        break;
      case 'spurious':
        this.line.pulse();
        this.pending = setTimeout(() => this.end('completed'), 2 * LOOK_MS).unref();
        break;
      case 'early':
        this.interrupt();
        this.pending = setTimeout(() => this.finish('completed'), playing.ms).unref();
        break;
    }
  }

  /** Moves the read position inside the stream until `until`. */
  private move(size: number, until: number): void {
    if (performance.now() >= until) return;
    const { registers } = this;
    registers.write32(npu.QREAD, (registers.read32(npu.QREAD) + 4) % (size + 4));
    this.pending = setTimeout(() => this.move(size, until), MOVE_MS).unref();
  }

  /** The job is over: the interrupt tells the driver to look at the status. */
  private end(how: 'completed' | 'fault' | 'parse-error'): void {
    const { registers, current } = this;
    if (how === 'completed') registers.write32(npu.QREAD, current?.queueSize ?? 0);
    const reason = { completed: npu.END_REACHED, fault: npu.BUS_ERROR, 'parse-error': npu.PARSE_ERROR }[how];
    this.finish(how);
    registers.write32(npu.STATUS, reason | npu.IRQ_RAISED);
    this.line.pulse();
  }

  private finish(how: Exclude<JobEnd, 'running'>): void {
    const { current, playing } = this;
    if (current === undefined) return;
    current.ended = performance.now();
    current.end = how;
    if (playing.counters !== undefined) this.monitor.show(playing.counters, current.monitor);
    this.current = undefined;
  }
}
