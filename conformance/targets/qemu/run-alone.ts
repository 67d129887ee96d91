/** A machine that runs one program and ends. */
import { buildExecutor } from '../../link/index.ts';
import { parseTarget } from '../target-name.ts';
import { QemuError } from './errors.ts';
import { INTERRUPT } from './machine.ts';
import type { DeviceBehaviour } from './player/behaviour.ts';
import { playDevice } from './player/device-player.ts';
import { interruptLine } from './player/interrupt-line.ts';
import { type QemuOptions, startMachine } from './start.ts';

const LIMIT_MS = 120_000;

export interface AloneOptions extends Pick<QemuOptions, 'presets' | 'parameters' | 'cpus' | 'files'> {
  /** How the device works on jobs where the kit plays it; each ends well at once without it. */
  readonly device?: DeviceBehaviour;
  /** Milliseconds from the start to the end of the program; by default what a program of a few calls takes. */
  readonly limitMs?: number;
}

/**
 * Boots the machine, loads its modules, runs the static program that `make` compiles and gives the last lines of the
 * console, the kernel's and the program's. Throws a QemuError.
 */
export async function runAlone(
  target: string,
  make: (compiler: string) => Promise<string>,
  { device, limitMs = LIMIT_MS, ...options }: AloneOptions = {},
): Promise<string[]> {
  const name = parseTarget(target);
  if (name.kind !== 'qemu') throw new QemuError('no-machine', `${target} is no machine: expected qemu:NAME.`);
  const { profile } = name.options;
  const all = { ...options, ...(profile === undefined ? {} : { profile }), run: make };
  return await startMachine(name.machine, all, buildExecutor, async ({ vm, machine, registers, release }) => {
    vm.executor.on('error', () => {});
    vm.executor.resume();
    const player = machine.played
      ? playDevice(machine.played, registers, await interruptLine(vm.qmp, vm.qtest, INTERRUPT), device)
      : undefined;
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    const limit = new Promise<void>(resolve => {
      timer = setTimeout(() => {
        late = true;
        resolve();
      }, limitMs);
    });
    await Promise.race([vm.ended, limit]);
    clearTimeout(timer);
    player?.stop();
    const lines = [...vm.console.tail()];
    if (late) lines.push(`the machine was ended after ${limitMs / 1000} seconds`);
    await release();
    return lines;
  });
}
