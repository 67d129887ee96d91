/** A machine of the model in real time, on the memory and the open files of processes of this computer. */
import {
  type AddressSpace,
  attributesOf,
  type Blocked,
  type CoreFaults,
  type Descriptor,
  firstCheck,
  Machine,
  machineFiles,
  nodeNames,
  profileParams,
  type ReferenceOptions,
} from '../../reference/index.ts';
import type { AbiName } from '../../schemas/index.ts';

const PAGE_SIZE = 4096;
const ABIS: Readonly<Record<string, AbiName>> = { x64: 'x86_64', arm64: 'aarch64', riscv64: 'riscv64' };

/** include/linux/errno.h: the kernel begins such a call again, or gives EINTR, as the handler asks. */
export const ERESTARTSYS = 512;

/** Time in ns, of the clock that programs wait by. */
export const now = (): bigint => process.hrtime.bigint();

/** The ABI of the programs of this computer. */
export const abiHere = (): AbiName => ABIS[process.arch] ?? 'x86_64';

export interface LiveParts {
  readonly minor: number;
  readonly memory: AddressSpace;
  readonly descriptors: Map<bigint, Descriptor>;
  readonly faults?: CoreFaults;
  readonly abi?: AbiName;
  readonly now?: () => bigint;
  /** When the running call began. */
  readonly began: () => bigint | undefined;
  /** Thrown where the call sleeps. */
  readonly blocked: (until: bigint) => Blocked;
}

export function liveMachine(options: ReferenceOptions, parts: LiveParts): Machine {
  const { driver, profile } = options;
  const { minor, memory, descriptors, began, blocked } = parts;
  const faults = parts.faults ?? options.faults ?? {};
  const kind = driver.manifest.node ?? 'accel';
  const time = parts.now ?? now;
  const clock = {
    now: time,
    sleep: (until: bigint) => {
      if (until > time()) throw blocked(until);
    },
    get began() {
      return began();
    },
  };
  const params = options.params ?? profileParams(driver, profile);
  const machine = {
    driver,
    abi: parts.abi ?? abiHere(),
    pageSize: PAGE_SIZE,
    params,
    minor,
    nodePath: nodeNames(kind, minor).path,
    clock,
    oracle: firstCheck,
    faults,
    files: machineFiles(minor, faults, kind, driver.name, attributesOf(driver, params)),
    memory,
    descriptors,
  };
  return new Machine(machine, { slots: 0, buffers: [], steps: [] });
}
