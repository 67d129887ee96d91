/** The same machine with another static program in the executor's place. */
import type { Duplex } from 'node:stream';
import { deathReason } from './console.ts';
import { QemuError } from './errors.ts';
import { BOOT_LIMIT_MS } from './qemu.ts';
import { type QemuOptions, quote, startMachine } from './start.ts';

export interface RunningProgram {
  /** The port that the executor would serve. */
  readonly port: Duplex;
  /** Debian package and version of the kernel, or the path of the user's own image. */
  readonly kernel: string;
  /** Why the machine has ended, with its console, as the rest of a sentence. */
  explain(): Promise<string>;
  /** Ends QEMU. Safe to call again. */
  close(): Promise<void>;
}

/**
 * Boots the machine `name` with the static executable `init` as process 1 and waits until it writes a first line to
 * its port. Kernel, modules, hardware and QEMU's options are those of `openQemu`. Throws a QemuError.
 */
export function runProgram(name: string, init: string, options: QemuOptions = {}): Promise<RunningProgram> {
  return startMachine(
    name,
    options,
    async () => init,
    async ({ target, kernel, vm, release }) => {
      const explain = async () => {
        const reason = deathReason(vm.console.tail());
        return `${reason === '' ? '' : `; the kernel died: ${reason}`}${quote(vm.console)}`;
      };
      // A port that breaks shows as its end.
      vm.executor.on('error', () => {});
      const seen = new Promise<boolean>(resolve => {
        vm.executor.once('readable', () => resolve(true));
        const timer = setTimeout(resolve, BOOT_LIMIT_MS, false);
        vm.ended.then(() => resolve(false)).finally(() => clearTimeout(timer));
      });
      if (!(await seen)) {
        const why = await explain();
        await release();
        throw new QemuError('boot-failed', `${target} did not run ${init}${why}`, vm.console.tail());
      }
      return { port: vm.executor, kernel: kernel.origin, explain, close: release };
    },
  );
}
