import type { DeviceMood, Link } from '../../../schemas/index.ts';
import { buildExecutor, connectStream, LinkError } from '../../link/index.ts';
import { architectures } from './architecture.ts';
import { type Console, deathReason } from './console.ts';
import { QemuError } from './errors.ts';
import type { ModuleIdentity } from './guest-kernel.ts';
import type { Registers } from './guest-memory.ts';
import { INTERRUPT, MEMORY_BASE } from './machine.ts';
import { nodeExists } from './node-check.ts';
import type { DeviceBehaviour } from './player/behaviour.ts';
import { type DevicePlayer, playDevice } from './player/device-player.ts';
import { interruptLine } from './player/interrupt-line.ts';
import { Player } from './player/player.ts';
import { settled } from './settle.ts';
import { type QemuOptions, quote, type StartedMachine, startMachine } from './start.ts';
import type { VirtualMachine } from './virtual-machine.ts';

export type { QemuOptions } from './start.ts';

/** From start to HELLO: 4 s on an idle computer; this leaves room for one that is busy or slow. */
export const BOOT_LIMIT_MS = 90_000;
/** QEMU ends within this after the executor's port has closed, when it ends by itself (a panic prints for long). */
const END_LIMIT_MS = 5_000;
/** How the player plays a mood. A late job takes longer than anything else that a program does. */
const PLAYED: Readonly<Record<DeviceMood, DeviceBehaviour>> = {
  complete: { kind: 'complete' },
  late: { kind: 'late', ms: 150 },
  fault: { kind: 'fault' },
  hang: { kind: 'hang' },
  'hang-once': { kind: 'hang', once: true },
  // 4 GiB behind the start of the stream.
  lost: { kind: 'hang-lost', read: 0xffff_fffc },
};

/** What a report says about the machine, beside the executor's own hello. */
export interface QemuIdentity {
  /** `qemu:NAME` */
  readonly target: string;
  readonly profile: string;
  /** First line of what QEMU says to `--version`. */
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
  /** Plays an Ethos-U NPU; any other machine has none, and says so. */
  readonly player: Player;
  /** Plays the device, whichever it is; a machine whose device is software has none. */
  readonly played: DevicePlayer | undefined;
  /** The guest's memory by physical address, which is also what the device is given as addresses. */
  readonly memory: { read(physical: bigint | number, length: number): Buffer };
  /** The node that the driver made. */
  readonly node: string;
  readonly console: Console;
  readonly machine: VirtualMachine;
  /** Says goodbye to the executor and ends QEMU. Safe to call again. */
  close(): Promise<void>;
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

async function compileExecutor(compiler: string): Promise<string> {
  try {
    return await buildExecutor(compiler);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    throw new QemuError(
      'no-compiler',
      `The executor could not be compiled for the virtual machine: ${error.message} (for arm64 the Debian packages are gcc-aarch64-linux-gnu and libc6-dev-arm64-cross).`,
    );
  }
}

/**
 * Boots the machine `name` and waits until its executor has greeted and its device node exists. One that dies before,
 * or says nothing at all, is started once more, with a warning of the process. Throws a QemuError with one sentence;
 * once open, a machine that dies fails its link with a LinkError that quotes the console.
 */
export async function openQemu(name: string, options: QemuOptions = {}): Promise<QemuTarget> {
  const start = () => startMachine(name, options, compileExecutor, boot);
  try {
    return await start();
  } catch (error) {
    // An emulated machine of two processors now and then dies while it boots, whatever its driver.
    if (!(error instanceof QemuError) || error.kind !== 'boot-died') throw error;
    process.emitWarning(`${error.message.split('\n')[0]} (started once more)`);
    return start();
  }
}

async function boot(started: StartedMachine): Promise<QemuTarget> {
  const { target, machine, profile, kernel, cpus, qemu, vm, registers, memory, release } = started;
  const architecture = architectures[machine.architecture];
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
    const silent = `; its console said nothing: check that the kernel is one for ${machine.architecture} that runs on QEMU's ${architecture.machine} machine`;
    const why = late
      ? ` within ${BOOT_LIMIT_MS / 1000} s${quote(vm.console) || silent}`
      : explained || `: ${error.message}`;
    // One that hangs without a word is as good as dead.
    const kind = late && quote(vm.console) !== '' ? 'boot-failed' : 'boot-died';
    throw new QemuError(kind, `${target} did not boot${why}`, lines);
  });
  const player = machine.played
    ? playDevice(machine.played, registers, await interruptLine(vm.qmp, vm.qtest, INTERRUPT))
    : undefined;
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
    player?.stop();
    await link.close();
    throw error;
  }
  if (player) Object.assign(link, { device: async (mood: DeviceMood) => player.set(PLAYED[mood]) });
  const whole = machine.settling ? settled(link, machine.settling) : link;
  return {
    link: whole,
    registers,
    get player(): Player {
      if (player instanceof Player) return player;
      throw new QemuError('no-device', `${target} has no Ethos-U that somebody plays.`);
    },
    played: player,
    memory: { read: (physical, length) => memory.read(Number(physical) - MEMORY_BASE, length) },
    node: machine.node,
    console: vm.console,
    machine: vm,
    identity: {
      target,
      profile: profile.name,
      qemu,
      processor: architecture.processor,
      cpus,
      kernel: kernel.origin,
      release: link.hello.release,
      modules: kernel.identities,
    },
    close: async () => {
      player?.stop();
      await link.close();
    },
  };
}
