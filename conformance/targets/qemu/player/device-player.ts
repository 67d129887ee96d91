/** Whatever device the kit plays. */
import type { Registers } from '../guest-memory.ts';
import type { PlayedDevice } from '../machine.ts';
import type { DeviceBehaviour } from './behaviour.ts';
import type { InterruptLine } from './interrupt-line.ts';
import { Player } from './player.ts';
import { RocketPlayer } from './rocket-player.ts';

export interface DevicePlayer {
  /** From the next job on. Throws for what this device does not do. */
  set(behaviour: DeviceBehaviour): void;
  stop(): void;
}

export function playDevice(
  device: PlayedDevice,
  registers: Registers,
  line: InterruptLine,
  behaviour?: DeviceBehaviour,
): DevicePlayer {
  return device === 'ethosu'
    ? new Player(registers, line, behaviour)
    : new RocketPlayer(registers, line, behaviour);
}
