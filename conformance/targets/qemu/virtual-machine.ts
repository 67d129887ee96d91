import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Architecture } from './architecture.ts';
import { type Console, readConsole } from './console.ts';
import type { GuestMemory } from './guest-memory.ts';

/** Name of the virtio-serial port that the executor serves; the guest finds it in /sys/class/virtio-ports. */
export const EXECUTOR_PORT = 'accel-uapi';

/** Descriptors in QEMU. The first three are QEMU's own; the streams are socket pairs without a name. */
const FD = { executor: 3, qmp: 4, console: 5, memory: 6, qtest: 7 } as const;

/** QEMU's own complaints are short; a kept piece of this many characters holds them all. */
const KEPT_STDERR = 4000;

export interface VirtualMachineFiles {
  readonly kernel: string;
  readonly initramfs: string;
  /** Absent where the machine needs none. */
  readonly deviceTree?: string;
  readonly memory: GuestMemory;
  /** More kernel parameters. */
  readonly parameters: readonly string[];
}

/** A running QEMU. */
export interface VirtualMachine {
  readonly pid: number;
  /** The executor's port. */
  readonly executor: Duplex;
  /** QEMU's machine protocol; it greets first and expects `qmp_capabilities`. */
  readonly qmp: Duplex;
  /** QEMU's test protocol, for the lines of the interrupt controller. */
  readonly qtest: Duplex;
  readonly console: Console;
  /** Resolves, and never rejects, when QEMU has ended: how it ended in words. */
  readonly ended: Promise<string>;
  /** Ends QEMU at once; resolves when it has ended. Safe to call again. */
  kill(): Promise<void>;
}

/** Machine, processor and memory: what shapes the device tree. */
export function machineOptions(
  { machine, processor }: Architecture,
  cpus: number,
  size: number,
  iommu?: string,
): string[] {
  const megabytes = `${size / 1024 / 1024}M`;
  return [
    '-machine',
    iommu === undefined ? machine : `${machine},iommu=${iommu}`,
    '-accel',
    'tcg',
    '-cpu',
    processor,
    '-smp',
    `${cpus}`,
    '-m',
    megabytes,
    '-nodefaults',
    '-display',
    'none',
  ];
}

/**
 * The kernel's command line. `panic=-1` with QEMU's `-no-reboot` ends QEMU at a panic. The self-tests of the crypto
 * core have nothing to do with accel and take a third of the boot. The executor's marks in the kernel log must not
 * be dropped by the rate limit of /dev/kmsg. Page-table isolation has QEMU forget its translations at every system call
 * and guards against a processor that is not there; arm64 turns it on for its random base too, hence by its own name.
 */
const COMMAND_LINE =
  'quiet panic=-1 cryptomgr.notests printk.devkmsg=on log_buf_len=4M mitigations=off kpti=off';

const running = new Set<ChildProcess>();
let watching = false;

/** However this process exits, no QEMU stays: see also `--pdeathsig` below for the ways that run no handler. */
function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
}

/**
 * Starts QEMU. It runs in a session of its own, so that Ctrl-C in the terminal reaches the kit, which still has
 * things to put back, and not the machine; and the kernel kills it when this process dies in whatever way.
 */
export function startVirtualMachine(
  architecture: Architecture,
  options: readonly string[],
  files: VirtualMachineFiles,
): VirtualMachine {
  const { kernel, initramfs, deviceTree, memory, parameters } = files;
  const args = [
    ...options,
    ...[
      '-object',
      `memory-backend-file,id=ram,share=on,size=${memory.size},mem-path=/proc/self/fd/${FD.memory}`,
    ],
    ...['-machine', 'memory-backend=ram', '-no-reboot'],
    ...['-chardev', `socket,id=console,fd=${FD.console}`, '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=qmp,fd=${FD.qmp}`, '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `socket,id=qtest,fd=${FD.qtest}`, '-qtest', 'chardev:qtest', '-qtest-log', '/dev/null'],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=executor,fd=${FD.executor}`],
    ...['-device', `virtserialport,chardev=executor,name=${EXECUTOR_PORT}`],
    ...['-kernel', kernel, '-initrd', initramfs],
    ...(deviceTree === undefined ? [] : ['-dtb', deviceTree]),
    ...['-append', `console=${architecture.console} ${[COMMAND_LINE, ...parameters].join(' ')} -- --init`],
  ];
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe', memory.fd, 'pipe'] as const;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', architecture.qemu, ...args], {
    stdio: [...stdio],
    detached: true,
  });
  running.add(child);
  watchExit();

  let complaints = '';
  const stderr = child.stderr as Readable;
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-KEPT_STDERR);
  });
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message));
    child.on('close', (code, signal) => {
      const last = complaints.trim().split('\n').at(-1) ?? '';
      const how = signal === null ? `QEMU ended with status ${code}` : `QEMU was killed by ${signal}`;
      resolve(last === '' ? how : `${how}: ${last}`);
    });
  }).finally(() => running.delete(child));

  const [executor, qmp, serial, qtest] = [FD.executor, FD.qmp, FD.console, FD.qtest].map(
    fd => (child.stdio as readonly unknown[])[fd] as Duplex,
  );
  return {
    pid: child.pid ?? 0,
    executor: executor!,
    qmp: qmp!,
    qtest: qtest!,
    console: readConsole(serial!),
    ended,
    async kill() {
      child.kill('SIGKILL');
      // 'close' waits for every stream to end; one that nobody reads would keep it from coming.
      for (const stream of [executor!, qmp!, serial!, qtest!, stderr]) stream.destroy();
      await ended;
    },
  };
}
