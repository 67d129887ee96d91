/** Serves a reference as a device of the whole system, by the character device in user space of the kernel. */
import { existsSync, openSync, read, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { firstMinor, nodeNames, type ReferenceOptions } from '../../reference/index.ts';
import { LinkError } from '../link/index.ts';
import { abiHere, now } from '../served/live-machine.ts';
import { CuseDevice } from './device.ts';
import { initAnswer, OPCODES, REQUEST_ROOM, readRequest } from './frames.ts';

const CUSE = '/dev/cuse';
const NS_PER_MS = 1_000_000n;
/** How often a sleeping call is looked at when nothing else happens: jobs end by themselves. */
const TICK_MS = 2;

function openCuse(): number {
  try {
    return openSync(CUSE, 'r+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'is not there: load the module cuse of the kernel (modprobe cuse)'
        : code === 'EACCES' || code === 'EPERM'
          ? 'may not be opened by this user: run it as root, or give the user the right to it'
          : `cannot be opened (${code})`;
    throw new LinkError(`${CUSE} ${why}; or take \`accel-uapi run\`, which needs neither module nor rights`);
  }
}

/** The first minor of which neither the node nor its place is taken. */
function freeMinor(kind: 'accel' | 'render'): number {
  for (let minor = firstMinor(kind); ; minor += 1) if (!existsSync(nodeNames(kind, minor).path)) return minor;
}

/** The node's own major, unless a driver has it: then the kernel chooses one. */
function majorFor(registered: string, major: number): number {
  const taken = new RegExp(`^ *${major} |^ *\\d+ ${registered}$`, 'm');
  const [characters = ''] = readFileSync('/proc/devices', 'utf8').split('Block devices:');
  return taken.test(characters) ? 0 : major;
}

function capabilitiesOf(pid: number): bigint | undefined {
  try {
    const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return digits === undefined ? undefined : BigInt(`0x${digits}`);
  } catch {
    // The caller is in a namespace that we do not see, or has gone.
    return undefined;
  }
}

export interface Serving {
  /** Path of the node. */
  readonly path: string;
  /** Major and minor; major 0 is one that the kernel chose. */
  readonly major: number;
  readonly minor: number;
}

/** Answers until the device is ended; `ready` is told once it is there. */
export async function serveCuse(
  options: ReferenceOptions,
  { ready, warn }: { readonly ready: (serving: Serving) => void; readonly warn: (sentence: string) => void },
): Promise<void> {
  const kind = options.driver.manifest.node ?? 'accel';
  const minor = freeMinor(kind);
  const names = nodeNames(kind, minor);
  const major = majorFor(names.registered, names.major);
  const fd = openCuse();
  const send = (bytes: Uint8Array) => {
    try {
      writeSync(fd, bytes);
    } catch (error) {
      // ENOENT: the caller was killed, and nobody waits for the answer (fs/fuse/dev.c: fuse_dev_do_write).
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  };
  const device = new CuseDevice({
    ...options,
    minor,
    abi: abiHere(),
    now,
    send,
    warn,
    capabilities: capabilitiesOf,
  });
  let timer: NodeJS.Timeout | undefined;
  let failure: unknown;
  const arm = () => {
    clearTimeout(timer);
    const rest = device.rest();
    if (rest === undefined) return;
    timer = setTimeout(
      () => {
        try {
          device.wake();
          arm();
        } catch (error) {
          // A read waits meanwhile: it is told once that has ended.
          failure = error;
          endDevice(names.devname);
        }
      },
      Math.min(TICK_MS, Number(rest / NS_PER_MS) + 1),
    );
  };
  const readSome = promisify(read);
  const room = Buffer.alloc(REQUEST_ROOM);
  for (let begun = false; ; ) {
    const { bytesRead } = await readSome(fd, room, 0, room.length, null).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EINTR' || error.code === 'EAGAIN') return { bytesRead: 0 };
        // ENODEV: the device was ended, or the kernel did not take it.
        if (error.code === 'ENODEV') return { bytesRead: -1 };
        throw error;
      },
    );
    if (bytesRead < 0) {
      clearTimeout(timer);
      if (failure !== undefined) throw failure;
      if (begun) return;
      throw new LinkError(
        `the kernel did not take ${names.path} (${major}:${minor}); its log says why (dmesg, lines with CUSE)`,
      );
    }
    if (bytesRead === 0) continue;
    const request = room.subarray(0, bytesRead);
    const { opcode, unique } = readRequest(request);
    if (opcode === OPCODES.init) {
      send(initAnswer(unique, names.devname, major, minor));
      for (let waited = 0; waited < 100 && !existsSync(names.path); waited += 1)
        await new Promise(resolve => setTimeout(resolve, 10));
      if (!existsSync(names.path)) continue;
      begun = true;
      ready({ path: names.path, major, minor });
      stopBy(names.devname);
      continue;
    }
    device.take(request);
    arm();
  }
}

/** What ends the device, and with it the read that waits for a request. */
function abortPath(devname: string): string {
  return `/sys/class/cuse/${devname.replaceAll('/', '!')}/abort`;
}

/**
 * A read that waits cannot be given up by Node.js, not even at its exit: the kernel has to end it. Where that is not
 * allowed only the end of the process does.
 */
function endDevice(devname: string): void {
  try {
    writeFileSync(abortPath(devname), '1');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}

function stopBy(devname: string): void {
  const stop = () => endDevice(devname);
  process.once('SIGINT', stop).once('SIGTERM', stop);
}
