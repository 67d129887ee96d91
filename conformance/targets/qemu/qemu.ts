import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Link } from '../../../schemas/index.ts';
import { buildExecutor, connectStream, LinkError } from '../../link/index.ts';
import { makeScratch, removeStaleScratch } from './cache.ts';
import { type Console, deathReason, tellingLines } from './console.ts';
import { makeDeviceTree } from './device-tree.ts';
import { QemuError } from './errors.ts';
import {
  findGuestKernel,
  type GuestKernel,
  type KernelOptions,
  type ModuleIdentity,
} from './guest-kernel.ts';
import { createGuestMemory, type Registers } from './guest-memory.ts';
import { makeInitramfs } from './initramfs.ts';
import {
  findMachine,
  type HardwareProfile,
  type Machine,
  MEMORY_BASE,
  MEMORY_SIZE,
  REGISTER_BASE,
  REGISTER_LENGTH,
} from './machine.ts';
import { nodeExists } from './node-check.ts';
import { requireTools, runTool, type Tool } from './tools.ts';
import { machineOptions, startVirtualMachine, type VirtualMachine } from './virtual-machine.ts';

const COMPILER = 'aarch64-linux-gnu-gcc';

/** What every start takes, whatever the cache holds. */
const TOOLS: readonly Tool[] = ['qemu-system-aarch64', COMPILER, 'fdtput', 'fdtget', 'setpriv'];

/**
 * A small in-order core, for which the kernel needs no Spectre workarounds: emulation would have to run them at
 * every system call. `max` takes three times as long to boot, for its pointer authentication. It also runs 32-bit
 * programs.
 */
const PROCESSOR = 'cortex-a53';
/** With one, a call that spins in the kernel would keep the executor's supervisor from reporting it. */
const CPUS = 2;

/** From start to HELLO: 4 s on an idle computer; this leaves room for one that is busy or slow. */
export const BOOT_LIMIT_MS = 90_000;
/** QEMU ends within this after the executor's port has closed, when it ends by itself (a panic prints for long). */
const END_LIMIT_MS = 5_000;
/** Console lines in a sentence: an oops names its function within so many. */
const QUOTED_LINES = 12;

const SCRATCH = 'accel-uapi-qemu';

export interface QemuOptions extends KernelOptions {
  /** Hardware generation, for `ethosu` one of `u65` (default) and `u85`. */
  readonly profile?: string;
}

/** What a report says about the machine, beside the executor's own hello. */
export interface QemuIdentity {
  /** `qemu:NAME` */
  readonly target: string;
  readonly profile: string;
  /** First line of `qemu-system-aarch64 --version`. */
  readonly qemu: string;
  readonly processor: string;
  readonly cpus: number;
  /** Debian package and version, or the path of the user's own image. */
  readonly kernel: string;
  /** `uname -r` of the running kernel. */
  readonly release: string;
  readonly modules: readonly ModuleIdentity[];
}

/** A booted machine whose device node exists. */
export interface QemuTarget {
  readonly link: Link;
  readonly identity: QemuIdentity;
  /** The device's registers as the guest sees them. */
  readonly registers: Registers;
  readonly console: Console;
  readonly machine: VirtualMachine;
  /** Says goodbye to the executor and ends QEMU. Safe to call again. */
  close(): Promise<void>;
}

/** What the console says, below a sentence, each line marked; or nothing. */
function quote(console: Console): string {
  const lines = tellingLines(console.tail(), QUOTED_LINES);
  return lines.length === 0 ? '' : `; its console said:\n${lines.map(line => `  | ${line}`).join('\n')}`;
}

/** What is known about a machine whose port has closed, as the rest of a sentence. */
async function explainEnd(machine: VirtualMachine): Promise<string> {
  const limit = new Promise<string>(resolve => {
    setTimeout(resolve, END_LIMIT_MS, 'QEMU still runs').unref();
  });
  const how = await Promise.race([machine.ended, limit]);
  const reason = deathReason(machine.console.tail());
  return `; ${reason === '' ? how : `the kernel died: ${reason}`}${quote(machine.console)}`;
}

async function compileExecutor(): Promise<string> {
  try {
    return await buildExecutor(COMPILER);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    throw new QemuError(
      'no-compiler',
      `The executor could not be compiled for the virtual machine: ${error.message} (for arm64 the Debian packages are gcc-aarch64-linux-gnu and libc6-dev-arm64-cross).`,
    );
  }
}

interface Prepared {
  readonly options: readonly string[];
  readonly kernel: GuestKernel;
  readonly initramfs: string;
  readonly deviceTree: string;
  readonly version: string;
}

/** Makes all files that the machine starts from, in `directory`. */
async function prepare(
  directory: string,
  machine: Machine,
  profile: HardwareProfile,
  kernelOptions: KernelOptions,
): Promise<Prepared> {
  const options = machineOptions(PROCESSOR, CPUS, MEMORY_SIZE);
  const kernel = await findGuestKernel(machine.modules, kernelOptions);
  const executor = await compileExecutor();
  const initramfs = join(directory, 'initramfs');
  writeFileSync(initramfs, makeInitramfs({ init: readFileSync(executor), modules: kernel.modules }));
  const [deviceTree, { stdout }] = await Promise.all([
    makeDeviceTree(directory, options, profile),
    runTool('qemu-system-aarch64', ['--version']),
  ]);
  return { options, kernel, initramfs, deviceTree, version: stdout.toString('utf8').split('\n')[0]! };
}

/**
 * Boots the machine `name` and waits until its executor has greeted and its device node exists. Throws a QemuError
 * with one sentence; once open, a machine that dies fails its link with a LinkError that quotes the console.
 */
export async function openQemu(name: string, options: QemuOptions = {}): Promise<QemuTarget> {
  const { profile: wanted, ...kernelOptions } = options;
  const { machine, profile } = findMachine(name, wanted);
  const target = `qemu:${name}`;
  requireTools(TOOLS, target);
  removeStaleScratch(tmpdir(), SCRATCH);
  const scratch = makeScratch(tmpdir(), SCRATCH);
  try {
    const prepared = await prepare(scratch.path, machine, profile, kernelOptions);
    return await boot(target, machine, profile, prepared);
  } finally {
    // By now QEMU has read what is in there, or never will.
    scratch.remove();
  }
}

async function boot(
  target: string,
  machine: Machine,
  profile: HardwareProfile,
  prepared: Prepared,
): Promise<QemuTarget> {
  const { options, kernel, initramfs, deviceTree, version } = prepared;
  const memory = createGuestMemory(MEMORY_SIZE);
  const registers = memory.registers(REGISTER_BASE - MEMORY_BASE, REGISTER_LENGTH);
  for (const { offset, value } of profile.presets) registers.write32(offset, value);
  const vm = startVirtualMachine(options, { kernel: kernel.vmlinuz, initramfs, deviceTree, memory });
  const release = async () => {
    await vm.kill();
    memory.close();
  };
  let explained = '';
  const explain = async () => {
    explained = await explainEnd(vm);
    return explained;
  };
  const start = performance.now();
  const connection = { peer: target, helloLimit: BOOT_LIMIT_MS, explain, release };
  const link = await connectStream(vm.executor, vm.executor, connection).catch(async (error: unknown) => {
    const late = performance.now() - start >= BOOT_LIMIT_MS;
    await release();
    if (!(error instanceof LinkError)) throw error;
    const lines = vm.console.tail();
    const why = late
      ? ` within ${BOOT_LIMIT_MS / 1000} s${quote(vm.console)}`
      : explained || `: ${error.message}`;
    throw new QemuError('boot-failed', `${target} did not boot${why}`, lines);
  });
  try {
    if (!(await nodeExists(link, machine.node))) {
      const lines = vm.console.tail();
      throw new QemuError(
        'no-device',
        `${target} runs Linux ${link.hello.release} (${kernel.origin}), but no driver made ${machine.node}: check that the kernel and its modules belong together${quote(vm.console)}`,
        lines,
      );
    }
  } catch (error) {
    await link.close();
    throw error;
  }
  return {
    link,
    registers,
    console: vm.console,
    machine: vm,
    identity: {
      target,
      profile: profile.name,
      qemu: version,
      processor: PROCESSOR,
      cpus: CPUS,
      kernel: kernel.origin,
      release: link.hello.release,
      modules: kernel.identities,
    },
    close: () => link.close(),
  };
}
