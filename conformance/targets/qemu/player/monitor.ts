/**
 * The performance monitor's side of the player.
 *
 * The driver writes its set-up once and expects the device to keep it, but a reset loses it. Registers in memory
 * would show the old values for ever, so the player takes what it finds away after every job: what it finds at the
 * next job was written since, and what was not written anew is what it kept, unless there was a reset.
 */
import type { Registers } from '../guest-memory.ts';
import type { CounterValues, MonitorSetup } from './behaviour.ts';
import * as npu from './npu-registers.ts';

const OFF: MonitorSetup = { on: false, enabled: 0, events: [] };
const CYCLE_COUNTER = 0x8000_0000;

export class Monitor {
  private readonly registers: Registers;
  private kept: MonitorSetup = OFF;
  /** How many counters there are, which the device tells in bits of PMCR that nobody can write. */
  private readonly counters: number;

  constructor(registers: Registers) {
    this.registers = registers;
    this.counters = registers.read32(this.start() + npu.PMCR) & npu.COUNTERS;
  }

  /** Gives the bits back that a write of the driver took away in memory: a driver that probes again reads them. */
  look(): void {
    const at = this.start() + npu.PMCR;
    const value = this.registers.read32(at);
    if ((value & npu.COUNTERS) !== this.counters)
      this.registers.write32(at, (value & ~npu.COUNTERS) | this.counters);
  }

  /** The set-up that counts for a job that starts now. */
  setup(): MonitorSetup {
    const at = this.start();
    const { registers } = this;
    // The driver writes 0 to PMCR and the mask to PMCNTENCLR when it stops the monitor (ethosu_perfmon.c:91-93).
    if (registers.read32(at + npu.PMCNTENCLR) !== 0) {
      registers.write32(at + npu.PMCNTENCLR, 0);
      this.kept = OFF;
    }
    const enabled = registers.read32(at + npu.PMCNTENSET);
    if (enabled !== 0) {
      registers.write32(at + npu.PMCNTENSET, 0);
      const events: number[] = [];
      for (let counter = 0; counter < npu.EVENT_COUNTERS - 1; counter += 1) {
        if (enabled & (1 << counter)) events.push(registers.read32(at + npu.eventType(counter)));
      }
      this.kept = { on: (registers.read32(at + npu.PMCR) & npu.COUNT) !== 0, enabled, events };
    }
    return this.kept;
  }

  /** What a reset of the device does. */
  reset(): void {
    this.kept = OFF;
  }

  /** Stores what the counters show that the job's set-up enabled. */
  show(values: CounterValues, { on, enabled, events }: MonitorSetup): void {
    if (!on) return;
    const at = this.start();
    events.forEach((_, counter) => {
      this.registers.write32(at + npu.eventCounter(counter), values.events[counter] ?? 0);
    });
    if ((enabled & CYCLE_COUNTER) === 0) return;
    this.registers.write32(at + npu.PMCCNTR, Number(values.cycles & 0xffff_ffffn));
    this.registers.write32(at + npu.PMCCNTR + 4, Number((values.cycles >> 32n) & 0xffff_ffffn));
  }

  private start(): number {
    return npu.monitorStart(this.registers.read32(npu.ID));
  }
}
