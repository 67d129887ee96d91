/** A machine that runs one program and ends. */
import { buildExecutor } from '../../link/index.ts';
import { parseTarget } from '../target-name.ts';
import { QemuError } from './errors.ts';
import { startMachine } from './start.ts';

/** From the start to the end of the program: boot, and what a program of a few calls takes. */
const LIMIT_MS = 120_000;

/**
 * Boots the machine, loads its modules, runs the static program that `make` compiles and gives the last lines of the
 * console, the kernel's and the program's. Throws a QemuError.
 */
export async function runAlone(
  target: string,
  make: (compiler: string) => Promise<string>,
): Promise<string[]> {
  const name = parseTarget(target);
  if (name.kind !== 'qemu') throw new QemuError('no-machine', `${target} is no machine: expected qemu:NAME.`);
  const { profile } = name.options;
  const options = profile === undefined ? { run: make } : { profile, run: make };
  return await startMachine(name.machine, options, buildExecutor, async ({ vm, release }) => {
    vm.executor.on('error', () => {});
    vm.executor.resume();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>(resolve => {
      timer = setTimeout(resolve, LIMIT_MS);
    });
    await Promise.race([vm.ended, limit]);
    clearTimeout(timer);
    const lines = vm.console.tail();
    await release();
    return lines;
  });
}
