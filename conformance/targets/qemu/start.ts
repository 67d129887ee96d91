/** Prepares and starts a machine, whatever program is its process 1. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AbiName } from '../../../schemas/index.ts';
import { architectures } from './architecture.ts';
import { makeScratch, removeStaleScratch } from './cache.ts';
import { type Console, tellingLines } from './console.ts';
import { makeDeviceTree } from './device-tree.ts';
import { QemuError } from './errors.ts';
import { findGuestKernel, type GuestKernel, type KernelOptions } from './guest-kernel.ts';
import { createGuestMemory, type GuestMemory, type Registers } from './guest-memory.ts';
import { type GuestFile, makeInitramfs } from './initramfs.ts';
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

/** What every start takes, whatever the cache holds. */
export const START_TOOLS: readonly Tool[] = ['setpriv'];

/** With one, a call that spins in the kernel would keep the executor's supervisor from reporting it. */
export const CPUS = 2;

/** Console lines in a sentence: an oops names its function within so many. */
const QUOTED_LINES = 12;

const SCRATCH = 'accel-uapi-qemu';

export interface QemuOptions extends KernelOptions {
  /** The ABI of the executor: the machine's own, or the 32-bit one that its kernel runs too. */
  readonly abi?: AbiName;
  /** Hardware generation, for `ethosu` one of `u65` (default) and `u85`. */
  readonly profile?: string;
  /** A static executable, made with the machine's compiler, that runs instead of the executor; then the machine ends. */
  readonly run?: (compiler: string) => Promise<string>;
  /** What that executable needs. */
  readonly files?: readonly GuestFile[];
  /** Registers that differ from the profile's before the driver probes, for a device that lies about itself. */
  readonly presets?: readonly PresetRegister[];
  /** More parameters of the kernel, such as the allocator's own checks. */
  readonly parameters?: readonly string[];
  /** What the machine's module of our own does wrong. */
  readonly fault?: string;
  /**
   * Processors, by default `CPUS`. One is faster, since no step waits for another processor, but a call that spins in
   * the kernel then costs the machine.
   */
  readonly cpus?: number;
}

/** A machine that boots. */
export interface StartedMachine {
  /** `qemu:NAME` */
  readonly target: string;
  readonly machine: Machine;
  readonly profile: HardwareProfile;
  readonly kernel: GuestKernel;
  readonly cpus: number;
  /** First line of what QEMU says to `--version`. */
  readonly qemu: string;
  readonly vm: VirtualMachine;
  readonly registers: Registers;
  readonly memory: GuestMemory;
  /** Ends QEMU and gives its memory back. Safe to call again. */
  release(): Promise<void>;
}

/** The compiler of the executor. Throws a QemuError for an ABI that the machine's kernel does not run. */
function compilerFor(machine: Machine, abi?: AbiName): Tool {
  const { compilers, abi: own } = architectures[machine.architecture];
  const found = compilers[abi ?? own];
  if (found) return found;
  throw new QemuError(
    'no-machine',
    `qemu:${machine.name} runs no programs of the ABI ${abi}: expected one of ${Object.keys(compilers).join(', ')}.`,
  );
}

/** Throws a QemuError for a fault that the machine's module cannot have. */
function checkFault({ name, built }: Machine, fault: string | undefined): void {
  const known = built?.faults ?? [];
  if (fault === undefined || known.includes(fault)) return;
  const expected = known.length > 0 ? `expected one of ${known.join(', ')}` : 'only a module of ours has any';
  throw new QemuError('no-machine', `qemu:${name} has no fault ${fault}: ${expected}.`);
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
  readonly deviceTree?: string;
  readonly qemu: string;
}

/** Makes all files that the machine starts from, in `directory`. */
async function prepare(
  directory: string,
  machine: Machine,
  profile: HardwareProfile,
  cpus: number,
  kernelOptions: KernelOptions,
  init: () => Promise<string>,
  run?: () => Promise<string>,
  fault?: string,
  files: readonly GuestFile[] = [],
): Promise<Prepared> {
  const architecture = architectures[machine.architecture];
  const options = machineOptions(architecture, cpus, MEMORY_SIZE, machine.iommu);
  const wanted = [...architecture.transport, ...machine.modules];
  const kernel = await findGuestKernel(architecture, wanted, kernelOptions, machine.image, machine.built);
  const program = await init();
  const initramfs = join(directory, 'initramfs');
  const own = run === undefined ? {} : { run: readFileSync(await run()) };
  const modules = kernel.modules.map(module =>
    fault !== undefined && module.name === machine.built?.name
      ? { ...module, parameters: `fault=${fault}` }
      : module,
  );
  const contents = { init: readFileSync(program), modules, files, ...own };
  writeFileSync(initramfs, makeInitramfs(contents));
  const [deviceTree, { stdout }] = await Promise.all([
    architecture.name === 'arm64' ? makeDeviceTree(directory, options, machine, profile) : undefined,
    runTool(architecture.qemu, ['--version']),
  ]);
  return {
    options,
    kernel,
    initramfs,
    ...(deviceTree === undefined ? {} : { deviceTree }),
    qemu: stdout.toString('utf8').split('\n')[0]!,
  };
}

/**
 * Starts the machine `name` without waiting for anything in it. `init` gives the path of a static executable for
 * the guest; it is called once the kernel is there. `begun` gets the machine before the files it starts from are
 * removed, and waits until the guest runs. Throws a QemuError with one sentence.
 */
export async function startMachine<T>(
  name: string,
  options: QemuOptions,
  init: (compiler: string) => Promise<string>,
  begun: (started: StartedMachine) => Promise<T>,
): Promise<T> {
  const {
    profile: wanted,
    presets = [],
    parameters = [],
    cpus = CPUS,
    abi,
    run,
    fault,
    files,
    ...kernelOptions
  } = options;
  const { machine, profile } = findMachine(name, wanted);
  checkFault(machine, fault);
  const architecture = architectures[machine.architecture];
  const target = `qemu:${name}`;
  requireTools([architecture.qemu, compilerFor(machine, abi), ...architecture.tools, ...START_TOOLS], target);
  removeStaleScratch(tmpdir(), SCRATCH);
  const scratch = makeScratch(tmpdir(), SCRATCH);
  try {
    const compiler = compilerFor(machine, abi);
    const own = run && (() => run(compiler));
    const prepared = await prepare(
      scratch.path,
      machine,
      profile,
      cpus,
      kernelOptions,
      () => init(compiler),
      own,
      fault,
      [...(machine.files ?? []), ...(files ?? [])],
    );
    const { options: machineWords, kernel, initramfs, deviceTree, qemu } = prepared;
    const memory = createGuestMemory(MEMORY_SIZE);
    const registers = memory.registers(REGISTER_BASE - MEMORY_BASE, REGISTER_LENGTH);
    for (const { offset, value } of [...profile.presets, ...presets]) registers.write32(offset, value);
    const vm = startVirtualMachine(architecture, machineWords, {
      kernel: kernel.vmlinuz,
      initramfs,
      ...(deviceTree === undefined ? {} : { deviceTree }),
      memory,
      parameters: [
        ...parameters,
        // Such a program has the console only: warnings have to appear there too, which `quiet` keeps away.
        ...(run ? [`accel_uapi.wait=${machine.node}`, 'loglevel=5'] : []),
      ],
    });
    const release = async () => {
      await vm.kill();
      memory.close();
    };
    return await begun({ target, machine, profile, kernel, cpus, qemu, vm, registers, memory, release });
  } finally {
    // By now QEMU has read what is in there, or never will.
    scratch.remove();
  }
}
