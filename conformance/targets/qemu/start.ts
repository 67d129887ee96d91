/** Prepares and starts a machine, whatever program is its process 1. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeScratch, removeStaleScratch } from './cache.ts';
import { type Console, tellingLines } from './console.ts';
import { makeDeviceTree } from './device-tree.ts';
import { findGuestKernel, type GuestKernel, type KernelOptions } from './guest-kernel.ts';
import { createGuestMemory, type GuestMemory, type Registers } from './guest-memory.ts';
import { makeInitramfs } from './initramfs.ts';
import {
  findMachine,
  type HardwareProfile,
  type Machine,
  MEMORY_BASE,
  MEMORY_SIZE,
  type PresetRegister,
  REGISTER_BASE,
  REGISTER_LENGTH,
} from './machine.ts';
import { requireTools, runTool, type Tool } from './tools.ts';
import { machineOptions, startVirtualMachine, type VirtualMachine } from './virtual-machine.ts';

/** Compiles what runs in the guest. */
export const GUEST_COMPILER = 'aarch64-linux-gnu-gcc';

/** What every start takes, whatever the cache holds. */
const TOOLS: readonly Tool[] = ['qemu-system-aarch64', GUEST_COMPILER, 'fdtput', 'fdtget', 'setpriv'];

/**
 * A small in-order core, for which the kernel needs no Spectre workarounds: emulation would have to run them at
 * every system call. `max` takes three times as long to boot, for its pointer authentication. It also runs 32-bit
 * programs.
 */
export const PROCESSOR = 'cortex-a53';
/** With one, a call that spins in the kernel would keep the executor's supervisor from reporting it. */
export const CPUS = 2;

/** Console lines in a sentence: an oops names its function within so many. */
const QUOTED_LINES = 12;

const SCRATCH = 'accel-uapi-qemu';

export interface QemuOptions extends KernelOptions {
  /** Hardware generation, for `ethosu` one of `u65` (default) and `u85`. */
  readonly profile?: string;
  /** Registers that differ from the profile's before the driver probes, for a device that lies about itself. */
  readonly presets?: readonly PresetRegister[];
}

/** A machine that boots. */
export interface StartedMachine {
  /** `qemu:NAME` */
  readonly target: string;
  readonly machine: Machine;
  readonly profile: HardwareProfile;
  readonly kernel: GuestKernel;
  /** First line of `qemu-system-aarch64 --version`. */
  readonly qemu: string;
  readonly vm: VirtualMachine;
  readonly registers: Registers;
  readonly memory: GuestMemory;
  /** Ends QEMU and gives its memory back. Safe to call again. */
  release(): Promise<void>;
}

/** What the console says, below a sentence, each line marked; or nothing. */
export function quote(console: Console): string {
  const lines = tellingLines(console.tail(), QUOTED_LINES);
  return lines.length === 0 ? '' : `; its console said:\n${lines.map(line => `  | ${line}`).join('\n')}`;
}

interface Prepared {
  readonly options: readonly string[];
  readonly kernel: GuestKernel;
  readonly initramfs: string;
  readonly deviceTree: string;
  readonly qemu: string;
}

/** Makes all files that the machine starts from, in `directory`. */
async function prepare(
  directory: string,
  machine: Machine,
  profile: HardwareProfile,
  kernelOptions: KernelOptions,
  init: () => Promise<string>,
): Promise<Prepared> {
  const options = machineOptions(PROCESSOR, CPUS, MEMORY_SIZE);
  const kernel = await findGuestKernel(machine.modules, kernelOptions);
  const program = await init();
  const initramfs = join(directory, 'initramfs');
  writeFileSync(initramfs, makeInitramfs({ init: readFileSync(program), modules: kernel.modules }));
  const [deviceTree, { stdout }] = await Promise.all([
    makeDeviceTree(directory, options, profile),
    runTool('qemu-system-aarch64', ['--version']),
  ]);
  return { options, kernel, initramfs, deviceTree, qemu: stdout.toString('utf8').split('\n')[0]! };
}

/**
 * Starts the machine `name` without waiting for anything in it. `init` gives the path of a static executable for
 * the guest; it is called once the kernel is there. `begun` gets the machine before the files it starts from are
 * removed, and waits until the guest runs. Throws a QemuError with one sentence.
 */
export async function startMachine<T>(
  name: string,
  options: QemuOptions,
  init: () => Promise<string>,
  begun: (started: StartedMachine) => Promise<T>,
): Promise<T> {
  const { profile: wanted, presets = [], ...kernelOptions } = options;
  const { machine, profile } = findMachine(name, wanted);
  const target = `qemu:${name}`;
  requireTools(TOOLS, target);
  removeStaleScratch(tmpdir(), SCRATCH);
  const scratch = makeScratch(tmpdir(), SCRATCH);
  try {
    const prepared = await prepare(scratch.path, machine, profile, kernelOptions, init);
    const { options: machineWords, kernel, initramfs, deviceTree, qemu } = prepared;
    const memory = createGuestMemory(MEMORY_SIZE);
    const registers = memory.registers(REGISTER_BASE - MEMORY_BASE, REGISTER_LENGTH);
    for (const { offset, value } of [...profile.presets, ...presets]) registers.write32(offset, value);
    const vm = startVirtualMachine(machineWords, { kernel: kernel.vmlinuz, initramfs, deviceTree, memory });
    const release = async () => {
      await vm.kill();
      memory.close();
    };
    return await begun({ target, machine, profile, kernel, qemu, vm, registers, memory, release });
  } finally {
    // By now QEMU has read what is in there, or never will.
    scratch.remove();
  }
}
