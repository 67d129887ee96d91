import { FIRMWARE_FILES } from '../../../reference/index.ts';
import type { KernelArchitecture } from './architecture.ts';
import { QemuError } from './errors.ts';
import type { GuestFile } from './initramfs.ts';
import type { BorrowedSource, ModuleKernel } from './kernel-module/build-module.ts';

/** A register and the value it has before the driver probes. */
export interface PresetRegister {
  readonly name: string;
  readonly offset: number;
  readonly value: number;
}

/** One hardware generation of a device. */
export interface HardwareProfile {
  readonly name: string;
  /** `compatible` of its device tree node, which the driver matches. */
  readonly compatible: string;
  readonly presets: readonly PresetRegister[];
}

/** A module whose source lies in the package. */
export interface OwnModule {
  readonly name: string;
  readonly source: string;
  /** The line of kernels whose headers it is built against. */
  readonly kernel: ModuleKernel;
  /** The kernel's own files that are part of it. */
  readonly borrowed?: BorrowedSource;
  /** Values of its parameter `fault`: what it does wrong when told to. */
  readonly faults: readonly string[];
}

/** Devices that the kit plays, by their drivers. */
export type PlayedDevice = 'ethosu' | 'rocket';

/** What is waited for at the end of a program. */
export interface Settling {
  /** Type and number of the request that submits a job. */
  readonly submit: number;
  /** In ms: longer than a job takes that the device ends well at once. */
  readonly ms: number;
  /** In ms: longer than any job takes, whatever the device does. */
  readonly watchdogMs: number;
}

/** A machine that `qemu:NAME` can start. */
export interface Machine {
  readonly name: string;
  readonly architecture: KernelArchitecture;
  /** Metapackage of the kernel; the newest of the architecture without it. */
  readonly image?: string;
  /** A module of our own, made for the stock kernel. */
  readonly built?: OwnModule;
  /** The first is the default. */
  readonly profiles: readonly HardwareProfile[];
  /** Modules of the stock kernel to load in the guest; what they depend on comes along. */
  readonly modules: readonly string[];
  /** What the guest finds in its root, such as images of firmware. */
  readonly files?: readonly GuestFile[];
  /** The node that the driver makes, or another file that shows that it is there. */
  readonly node: string;
  /** Its device is registers in memory that the kit plays, this driver's. */
  readonly played?: PlayedDevice;
  /** Programs have to end slowly here. */
  readonly settling?: Settling;
  /** The machine's unit that translates what devices address, where the driver cannot do without one. */
  readonly iommu?: 'smmuv3';
}

/** Guest memory in bytes: the stock kernel with its initramfs and 64 MB of CMA runs in half of it. */
export const MEMORY_SIZE = 512 * 1024 * 1024;
/** Where QEMU's `virt` machine has its memory (hw/arm/virt.c). */
export const MEMORY_BASE = 0x4000_0000;

/**
 * Memory taken from the kernel (`no-map`) for the device's registers, 16 MB below the end, clear of what QEMU and
 * the kernel place at both ends. 64 KiB so that any page size fits.
 */
export const REGISTER_BASE = MEMORY_BASE + MEMORY_SIZE - 16 * 1024 * 1024;
export const REGISTER_LENGTH = 0x1_0000;

/**
 * The device's interrupt: a shared peripheral interrupt of the GIC that no device of QEMU's `virt` machine uses
 * (hw/arm/virt.c: a15irqmap ends with the platform bus at 112 to 175; 48 to 79 are free).
 */
export const INTERRUPT = 64;

/**
 * What the driver reads at probe (drivers/accel/ethosu/ethosu_drv.c and its register list in ethosu_device.h):
 * STATUS must show no reset in progress (zero is right); PROT bit 1 is the non-secure mode it asked for; ID bits
 * 31:28 are the architecture (1: U65, else U85); CONFIG bits 3:0 are log2 of the MACs per cycle, bits 7:4 the
 * version of the command stream; PMCR bits 15:11 count the event counters.
 */
const NON_SECURE = { name: 'PROT', offset: 0x24, value: 0b10 };
const COUNTERS_SHIFT = 11;

const ethosu: Machine = {
  name: 'ethosu',
  architecture: 'arm64',
  profiles: [
    {
      name: 'u65',
      compatible: 'arm,ethos-u65',
      presets: [
        { name: 'ID', offset: 0x0, value: 0x1000_6010 },
        NON_SECURE,
        { name: 'CONFIG', offset: 0x28, value: 0x15 },
        { name: 'PMCR', offset: 0x180, value: 4 << COUNTERS_SHIFT },
      ],
    },
    {
      name: 'u85',
      compatible: 'arm,ethos-u85',
      presets: [
        { name: 'ID', offset: 0x0, value: 0x2000_8010 },
        NON_SECURE,
        { name: 'CONFIG', offset: 0x28, value: 0x1a },
        // On a U85 the driver finds the performance monitor 4 KiB further on.
        { name: 'PMCR', offset: 0x1180, value: 8 << COUNTERS_SHIFT },
      ],
    },
  ],
  modules: ['ethosu'],
  node: '/dev/accel/accel0',
  played: 'ethosu',
};

/** Debian leaves the driver out, and has everything that it needs built in or as modules. */
const rocket: Machine = {
  name: 'rocket',
  architecture: 'arm64',
  built: {
    name: 'rocket',
    source: 'reference/rocket-module',
    kernel: 'newest',
    borrowed: {
      package: 'linux-source-7.3',
      paths: [
        'rocket_core.c',
        'rocket_core.h',
        'rocket_device.c',
        'rocket_device.h',
        'rocket_drv.c',
        'rocket_drv.h',
        'rocket_gem.c',
        'rocket_gem.h',
        'rocket_job.c',
        'rocket_job.h',
        'rocket_registers.h',
      ].map(name => `drivers/accel/rocket/${name}`),
    },
    faults: [],
  },
  profiles: [
    {
      name: 'rk3588',
      compatible: 'rockchip,rk3588-rknn-core',
      // What probe reads and prints, no more (rocket_core.c:81-87).
      presets: [
        { name: 'VERSION', offset: 0x0, value: 0x4649_0000 },
        { name: 'VERSION_NUM', offset: 0x4, value: 0x5245 },
      ],
    },
  ],
  modules: ['drm_shmem_helper', 'gpu_sched'],
  node: '/dev/accel/accel0',
  played: 'rocket',
  // A file that is closed before the driver has freed its last job takes the kernel down sooner or later, with memory
  // that is used after it was freed (rocket.create_bo.outlives-its-file). A job is over within 10 ms, or after the
  // watchdog's 500 (rocket_job.c:22).
  settling: { submit: 0x6441, ms: 50, watchdogMs: 700 },
  iommu: 'smmuv3',
};

/** A device that is all software has one profile and no registers. */
const VIRTUAL: readonly HardwareProfile[] = [{ name: 'virtual', compatible: '', presets: [] }];

/** The 6.12 kernel of Debian 12's security archive; its headers suit the compiler of Debian 12. */
const LONG_TERM = 'linux-image-6.12-amd64';

const vgem = {
  name: 'vgem',
  architecture: 'amd64',
  profiles: VIRTUAL,
  modules: ['vgem'],
  node: '/dev/dri/renderD128',
} as const satisfies Machine;

const ACCELREF = {
  name: 'accelref',
  source: 'reference/module',
  // In the order of reference/module/accelref_fault.h.
  faults: [
    'leak',
    'use-after-free',
    'uninitialised-pad',
    'missing-copy-check',
    'lock-imbalance',
    'wrong-errno',
    'stuck-wait',
    'mmap-range',
    'missing-privilege',
    'double-release',
  ],
};

const accelref = {
  name: 'accelref',
  architecture: 'amd64',
  built: { ...ACCELREF, kernel: 'newest' },
  profiles: VIRTUAL,
  // What our module needs of the stock kernel.
  modules: ['drm_shmem_helper'],
  node: '/dev/accel/accel0',
} as const satisfies Machine;

/** The kernel's drm-ras with nodes of our own: Debian leaves it out, so its name is free. */
const drmRas: Machine = {
  name: 'drm-ras',
  architecture: 'amd64',
  built: {
    name: 'accel_ras',
    source: 'reference/ras-module',
    kernel: 'newest',
    borrowed: {
      package: 'linux-source-7.3',
      paths: ['drm_ras.c', 'drm_ras_nl.c', 'drm_ras_nl.h', 'drm_ras_genl_family.c'].map(
        name => `drivers/gpu/drm/${name}`,
      ),
    },
    faults: [],
  },
  profiles: VIRTUAL,
  modules: [],
  node: '/sys/module/accel_ras/parameters/control',
};

/** The kernel's own stand-in for a device with devlink, which Debian leaves out too. */
const netdevsim: Machine = {
  name: 'netdevsim',
  architecture: 'amd64',
  built: {
    name: 'netdevsim',
    source: 'reference/netdevsim-module',
    kernel: 'newest',
    borrowed: {
      package: 'linux-source-7.3',
      paths: [
        'bpf.c',
        'bus.c',
        'dev.c',
        'ethtool.c',
        'fib.c',
        'health.c',
        'hwstats.c',
        'ipsec.c',
        'macsec.c',
        'netdev.c',
        'netdevsim.h',
        'psample.c',
        'psp.c',
        'tc.c',
        'udp_tunnels.c',
      ].map(name => `drivers/net/netdevsim/${name}`),
    },
    faults: [],
  },
  profiles: VIRTUAL,
  // What it needs of the stock kernel.
  modules: ['psample'],
  files: FIRMWARE_FILES.map(([name, size]) => ({
    name: `lib/firmware/${name}`,
    data: new Uint8Array(size).fill(0xa5),
  })),
  node: '/sys/bus/netdevsim/new_device',
};

/** A machine without a node of its own, in which the kit serves one. */
const cuse: Machine = {
  name: 'cuse',
  architecture: 'arm64',
  profiles: ethosu.profiles,
  modules: ['cuse'],
  node: '/dev/cuse',
};

/** All machines by name. */
export const machines: readonly Machine[] = [
  ethosu,
  rocket,
  accelref,
  { ...accelref, name: 'accelref-6.12', image: LONG_TERM, built: { ...ACCELREF, kernel: '6.12' } },
  vgem,
  { ...vgem, name: 'vgem-6.12', image: LONG_TERM },
  drmRas,
  netdevsim,
];

/** Those that are no targets too. */
export const allMachines: readonly Machine[] = [...machines, cuse];

/** Finds a machine and its profile (the default when none is named), or throws a QemuError `no-machine`. */
export function findMachine(name: string, profile?: string): { machine: Machine; profile: HardwareProfile } {
  const machine = allMachines.find(known => known.name === name);
  if (machine === undefined) {
    const known = machines.map(other => `qemu:${other.name}`).join(', ');
    throw new QemuError(
      'no-machine',
      `There is no virtual machine qemu:${name}: the known ones are ${known}.`,
    );
  }
  const wanted = profile?.toLowerCase() ?? machine.profiles[0]!.name;
  const found = machine.profiles.find(known => known.name === wanted);
  if (found !== undefined) return { machine, profile: found };
  const known = machine.profiles.map(other => other.name).join(', ');
  throw new QemuError(
    'no-machine',
    `qemu:${name} has no hardware profile ${profile}: the known ones are ${known}.`,
  );
}
