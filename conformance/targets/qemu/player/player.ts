/**
 * Plays the registers of an Ethos-U NPU in memory that the guest shares, so that the unmodified driver has a device.
 *
 * The registers are plain memory: what the guest writes twice between two looks is seen once. The driver has one
 * job at a time and writes CMD only to clear the interrupt and to start a job, in this order
 * (drivers/accel/ethosu/ethosu_job.c: ethosu_job_irq_handler, ethosu_job_hw_submit); so a start is never lost as long
 * as the player writes CMD only between a start and the interrupt that ends it.
 */
import type { Registers } from '../guest-memory.ts';
import type { DeviceBehaviour, PlayedJob } from './behaviour.ts';
import type { InterruptLine } from './interrupt-line.ts';
import * as npu from './npu-registers.ts';

/** How often the player looks, in ms. Each look costs some microseconds of one core. */
const LOOK_MS = 1;
/** Jobs that are remembered. */
const KEPT = 1000;

export class Player {
  readonly jobs: PlayedJob[] = [];
  private readonly registers: Registers;
  private readonly line: InterruptLine;
  private behaviour: DeviceBehaviour;
  private timer: NodeJS.Timeout | undefined;
  private pending: NodeJS.Timeout | undefined;

  constructor(registers: Registers, line: InterruptLine, behaviour: DeviceBehaviour = { kind: 'complete' }) {
    this.registers = registers;
    this.line = line;
    this.behaviour = behaviour;
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** From the next job on. */
  set(behaviour: DeviceBehaviour): void {
    this.behaviour = behaviour;
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.pending);
    this.timer = undefined;
  }

  private look(): void {
    const command = this.registers.read32(npu.CMD);
    if (command & npu.RUN) this.start();
    else if (command & npu.CLEAR_IRQ) {
      const status = this.registers.read32(npu.STATUS);
      if (status & npu.IRQ_RAISED) this.registers.write32(npu.STATUS, status & ~npu.IRQ_RAISED);
    }
  }

  private start(): void {
    const { registers } = this;
    const wide = (low: number) => BigInt(registers.read32(low)) | (BigInt(registers.read32(low + 4)) << 32n);
    this.jobs.push({
      queueBase: wide(npu.QBASE),
      queueSize: registers.read32(npu.QSIZE),
      regions: Array.from({ length: npu.REGIONS }, (_, region) => wide(npu.basePointer(region))),
      behaviour: this.behaviour.kind,
    });
    if (this.jobs.length > KEPT) this.jobs.shift();
    clearTimeout(this.pending);
    registers.write32(npu.CMD, 0);
    registers.write32(npu.QREAD, 0);
    registers.write32(npu.STATUS, npu.RUNNING);
    this.run();
  }

  private run(): void {
    const { behaviour, registers } = this;
    switch (behaviour.kind) {
      case 'complete':
        this.end(npu.END_REACHED);
        break;
      case 'late':
        this.pending = setTimeout(() => this.end(npu.END_REACHED), behaviour.ms).unref();
        break;
      case 'fault':
        this.end(npu.BUS_ERROR);
        break;
      case 'parse-error':
        this.end(npu.PARSE_ERROR);
        break;
      case 'hang':
        registers.write32(npu.STATUS, 0);
        break;
      case 'hang-busy':
        break;
      case 'hang-lost':
        registers.write32(npu.STATUS, 0);
        registers.write32(npu.QREAD, behaviour.read);
        break;
      case 'spurious':
        this.line.pulse();
        this.pending = setTimeout(() => this.end(npu.END_REACHED), 2 * LOOK_MS).unref();
        break;
    }
  }

  /** The job is over: the interrupt tells the driver to look at the status. */
  private end(reason: number): void {
    const { registers } = this;
    if (reason === npu.END_REACHED) registers.write32(npu.QREAD, registers.read32(npu.QSIZE));
    registers.write32(npu.STATUS, reason | npu.IRQ_RAISED);
    this.line.pulse();
  }
}
