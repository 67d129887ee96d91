/**
 * Plays the registers of one core of a Rockchip NPU in memory that the guest shares, so that the unmodified driver has
 * a device.
 *
 * The registers are plain memory (see player.ts for what that means). It is safe because of how the driver writes
 * (drivers/accel/rocket/rocket_job.c:113-158, 349-368 and 433-448):
 *
 * - A task starts when OPERATION_ENABLE becomes 1, after all else of it was written, and there is one task at a time.
 *   The driver never reads that register: the player takes the 1 away when it takes the task. The driver's next write
 *   to it follows an interrupt of the player's, or the watchdog's reset half a second later.
 * - INTERRUPT_RAW_STATUS is written by the player alone. It stays as it is after the interrupt, since nobody looks
 *   before the next one; a task that starts clears it.
 *
 * What the player cannot know: which tasks are of one job, and whether the driver has reset the core. A task that starts
 * while another one runs says that the watchdog has.
 */
import type { Registers } from '../guest-memory.ts';
import type { DeviceBehaviour } from './behaviour.ts';
import type { InterruptLine } from './interrupt-line.ts';
import * as npu from './rocket-registers.ts';

/** How often the player looks, in ms. */
const LOOK_MS = 1;
/** Tasks that are remembered. */
const KEPT = 1000;

const KINDS = ['complete', 'late', 'fault', 'hang', 'hang-lost'] as const;

type RocketBehaviour = Extract<DeviceBehaviour, { kind: (typeof KINDS)[number] }>;

/** A task that the core was given. */
export interface PlayedTask {
  /** Where its commands are, as the NPU sees it. */
  readonly commands: number;
  /** REGISTER_AMOUNTS: half of the commands, rounded up, less one. */
  readonly amount: number;
  readonly mask: number;
  /** `running` until the core has reported an end or was given the next task. */
  readonly end: 'running' | 'completed' | 'fault' | 'reset';
}

type Written<T> = { -readonly [Key in keyof T]: T[Key] };

function playable(behaviour: DeviceBehaviour): RocketBehaviour {
  const found = KINDS.find(kind => kind === behaviour.kind);
  if (found === undefined)
    throw new Error(`nobody plays a Rockchip NPU with the behaviour ${behaviour.kind}`);
  return behaviour as RocketBehaviour;
}

export class RocketPlayer {
  readonly tasks: PlayedTask[] = [];
  private readonly registers: Registers;
  private readonly line: InterruptLine;
  private readonly looking: NodeJS.Timeout;
  private behaviour: RocketBehaviour;
  private pending: NodeJS.Timeout | undefined;
  private current: Written<PlayedTask> | undefined;

  constructor(registers: Registers, line: InterruptLine, behaviour: DeviceBehaviour = { kind: 'complete' }) {
    this.registers = registers;
    this.line = line;
    this.behaviour = playable(behaviour);
    this.looking = setInterval(() => this.look(), LOOK_MS).unref();
  }

  set(behaviour: DeviceBehaviour): void {
    this.behaviour = playable(behaviour);
  }

  stop(): void {
    clearInterval(this.looking);
    clearTimeout(this.pending);
  }

  private look(): void {
    if (this.registers.read32(npu.OPERATION_ENABLE) & npu.RUN) this.start();
  }

  private start(): void {
    const { registers, behaviour } = this;
    registers.write32(npu.OPERATION_ENABLE, 0);
    registers.write32(npu.INTERRUPT_RAW_STATUS, 0);
    clearTimeout(this.pending);
    if (this.current) this.current.end = 'reset';
    const task: Written<PlayedTask> = {
      commands: registers.read32(npu.BASE_ADDRESS),
      amount: registers.read32(npu.REGISTER_AMOUNTS),
      mask: registers.read32(npu.INTERRUPT_MASK),
      end: 'running',
    };
    this.tasks.push(task);
    if (this.tasks.length > KEPT) this.tasks.shift();
    this.current = task;
    switch (behaviour.kind) {
      case 'complete':
        this.end('completed', npu.DPU_0);
        break;
      case 'late':
        this.pending = setTimeout(() => this.end('completed', npu.DPU_0), behaviour.ms).unref();
        break;
      case 'fault':
        if (behaviour.ms === undefined) this.end('fault', npu.DMA_READ_ERROR);
        else this.pending = setTimeout(() => this.end('fault', npu.DMA_READ_ERROR), behaviour.ms).unref();
        break;
      case 'hang':
        if (behaviour.once) this.behaviour = { kind: 'complete' };
        break;
      case 'hang-lost':
        break;
    }
  }

  /** The interrupt tells the driver to look at the raw status. */
  private end(how: 'completed' | 'fault', status: number): void {
    if (this.current) this.current.end = how;
    this.current = undefined;
    this.registers.write32(npu.INTERRUPT_RAW_STATUS, status);
    this.line.pulse();
  }
}
