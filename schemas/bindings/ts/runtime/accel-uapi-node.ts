/**
 * Nodes and calls, on Linux with Node.js. The C library is called through koffi, which is loaded when a node is opened
 * and nothing else needs.
 */
import {
  type Check,
  type Codec,
  type Descriptor,
  put32,
  put64,
  UapiError,
  uapiError,
  viewOf,
} from './accel-uapi.ts';

/** Minors of the class accel (drivers/accel/drm_accel.c: ACCEL_MAX_MINORS). */
const MINORS = 256;
const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;
const F_OK = 0;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = -1n;
const EINTR = 4;
const EAGAIN = 11;
const ENODEV = 19;
const NAME_ROOM = 64;

type Address = bigint;

/** The functions of the C library that are used. */
interface Libc {
  open(path: string, flags: number): number;
  close(fd: number): number;
  access(path: string, mode: number): number;
  readlink(path: string, into: Uint8Array, size: number): number | bigint;
  ioctl(fd: number, request: number, argument: Uint8Array | null): number;
  mmap(at: null, length: number, protection: number, flags: number, fd: number, offset: bigint): Address;
  munmap(at: Address, length: number): number;
}

/** What of koffi is used; declared here, so that nothing has to be installed to compile. */
interface Koffi {
  load(path: null): { func(prototype: string): unknown };
  errno(): number;
  address(value: unknown): Address;
  view(address: Address, length: number): ArrayBuffer;
}

let loaded: { koffi: Koffi; libc: Libc } | undefined;

async function load(): Promise<{ koffi: Koffi; libc: Libc }> {
  if (loaded) return loaded;
  // Not a literal, so that neither a compiler nor a bundler looks for it.
  const name = 'koffi';
  let found: { default?: Koffi } & Koffi;
  try {
    found = await import(name);
  } catch {
    throw new Error(
      'ioctl needs the package koffi, which is not installed here; install it with: npm install koffi',
    );
  }
  const koffi = found.default ?? found;
  const library = koffi.load(null);
  const libc = {
    open: library.func('int open(const char *path, int flags)'),
    close: library.func('int close(int fd)'),
    access: library.func('int access(const char *path, int mode)'),
    readlink: library.func('long readlink(const char *path, void *into, size_t size)'),
    ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)'),
    mmap: library.func(
      'void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)',
    ),
    munmap: library.func('int munmap(void *at, size_t length)'),
  } as unknown as Libc;
  loaded = { koffi, libc };
  return loaded;
}

/** What open() has loaded; before that there is no descriptor to use it with. */
function library(): { koffi: Koffi; libc: Libc } {
  if (!loaded) throw new Error('no node was opened yet; open one by the functions of its driver first');
  return loaded;
}

/** Why no node was opened, in one sentence. */
export class OpenError extends Error {
  readonly errno: number;

  constructor(sentence: string, errno: number) {
    super(sentence);
    this.name = 'OpenError';
    this.errno = errno;
  }
}

/** Where the bytes begin. They must stay referenced while the kernel may look at them. */
export function addressOf(bytes: Uint8Array): bigint {
  return library().koffi.address(bytes);
}

export function closeDescriptor(fd: Descriptor): void {
  library().libc.close(fd);
}

/** What the pointers of one argument lead to; kept until the call is over. */
export class Memory {
  private kept: Uint8Array[] = [];

  /** Bytes of a buffer that nothing moves. */
  room(length: number): Uint8Array {
    return new Uint8Array(new ArrayBuffer(length));
  }

  bytes(of: Uint8Array | string | undefined): Uint8Array | undefined {
    return typeof of === 'string' ? utf8(of) : of;
  }

  structs<T>(codec: Codec<T>, values: readonly T[] | undefined): Uint8Array | undefined {
    if (!values) return undefined;
    const size = codec.size();
    const bytes = this.room(values.length * size);
    values.forEach((value, index) => {
      codec.write(viewOf(bytes), value, index * size);
    });
    return bytes;
  }

  numbers(bits: 32 | 64, values: readonly (number | bigint)[] | undefined): Uint8Array | undefined {
    if (!values) return undefined;
    const bytes = this.room((values.length * bits) / 8);
    const view = viewOf(bytes);
    values.forEach((value, index) => {
      if (bits === 64) put64(view, index * 8, BigInt(value), 'an element');
      else put32(view, index * 4, Number(value), 'an element');
    });
    return bytes;
  }

  /** The address of bytes; 0 for none. */
  at(bytes: Uint8Array | undefined): bigint {
    if (!bytes || bytes.length === 0) return 0n;
    this.kept.push(bytes);
    return addressOf(bytes);
  }

  /** Lets go of everything, after the call. */
  release(): void {
    this.kept = [];
  }
}

/** Memory of a node. Its bytes must not be touched after it is unmapped. */
export class Mapping {
  readonly bytes: Uint8Array;
  private readonly address: Address;
  private open = true;

  constructor(address: Address, length: number) {
    this.address = address;
    this.bytes = new Uint8Array(library().koffi.view(address, length));
  }

  unmap(): void {
    if (this.open) library().libc.munmap(this.address, this.bytes.length);
    this.open = false;
  }

  [Symbol.dispose](): void {
    this.unmap();
  }
}

/** An open node of a driver. */
export class Device {
  readonly path: string;
  readonly fd: Descriptor;
  private open = true;

  constructor(path: string, fd: Descriptor) {
    this.path = path;
    this.fd = fd;
  }

  /** Calls once, and again after a signal, as drmIoctl() of libdrm does. Gives 0 or an errno. */
  ioctl(request: number, argument: Uint8Array | null): number {
    const { koffi, libc } = library();
    for (;;) {
      if (libc.ioctl(this.fd, request, argument) !== -1) return 0;
      const errno = koffi.errno();
      if (errno !== EINTR && errno !== EAGAIN) return errno;
    }
  }

  /** Maps memory at an offset that a call told. */
  map(offset: bigint, length: number): Mapping {
    const { koffi, libc } = library();
    const address = libc.mmap(null, length, PROT_READ_WRITE, MAP_SHARED, this.fd, offset);
    // A pointer of all ones comes as the largest unsigned number.
    if (BigInt.asIntN(64, address) === MAP_FAILED || BigInt.asIntN(32, address) === MAP_FAILED)
      throw new UapiError('mmap', koffi.errno());
    return new Mapping(address, length);
  }

  close(): void {
    if (this.open) closeDescriptor(this.fd);
    this.open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A call with a struct as its argument, in place; throws {@link UapiError}. */
export function call<T extends object>(
  device: Device,
  name: string,
  request: number,
  codec: Codec<T>,
  bytes: Uint8Array,
  checks: readonly Check[] = [],
): void {
  // The core copies the argument back when a call fails, too.
  const sent = bytes.slice();
  const errno = device.ioctl(request, bytes);
  if (errno !== 0) throw uapiError(name, errno, checks, codec.read(viewOf(sent)));
}

/** What VERSION has to be asked with; the module of the core gives it. */
export interface VersionCall {
  readonly request: number;
  /** The bytes of struct drm_version with room for a name. */
  argument(name: bigint, room: number): Uint8Array;
}

interface Driver {
  /** What VERSION calls it. */
  readonly name: string;
  /** Its module, by which sysfs may know it. */
  readonly module: string;
  readonly version: VersionCall;
}

/** Opens a node and looks whether its driver is the one that is asked for. */
export async function openNode(path: string, driver: Driver): Promise<Device> {
  const { koffi, libc } = await load();
  const fd = libc.open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    const errno = koffi.errno();
    throw new OpenError(`${path}: ${new UapiError('open', errno).message}`, errno);
  }
  const device = new Device(path, fd as Descriptor);
  const name = new Uint8Array(new ArrayBuffer(NAME_ROOM));
  const errno = device.ioctl(driver.version.request, driver.version.argument(addressOf(name), NAME_ROOM - 1));
  if (errno !== 0) {
    device.close();
    throw new OpenError(`${path}: not a DRM node (${new UapiError('VERSION', errno).message})`, errno);
  }
  const found = text(name, name.indexOf(0));
  if (found === driver.name) return device;
  device.close();
  throw new OpenError(`${path}: a node of the driver ${found}, not of ${driver.name}`, ENODEV);
}

/** Opens the first node of a driver: first those that sysfs knows as its own, then every other one. */
export async function openDriver(driver: Driver): Promise<Device> {
  const { libc } = await load();
  const own: string[] = [];
  const other: string[] = [];
  for (let minor = 0; minor < MINORS; minor += 1) {
    const path = `/dev/accel/accel${minor}`;
    if (libc.access(path, F_OK) !== 0) continue;
    const known = linkName(`/sys/class/accel/accel${minor}/device/driver`);
    (known === driver.name || known === driver.module ? own : other).push(path);
  }
  let failed: OpenError | undefined;
  for (const path of [...own, ...other])
    try {
      return await openNode(path, driver);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      // What is wrong with another driver's node is no answer.
      if (own.includes(path) || error.errno !== ENODEV) failed ??= error;
    }
  throw failed ?? new OpenError(`${driver.name}: there is no node of it in /dev/accel`, ENODEV);
}

/** The last part of what a link leads to. */
function linkName(path: string): string | undefined {
  const into = new Uint8Array(new ArrayBuffer(512));
  const length = Number(library().libc.readlink(path, into, into.length));
  return length < 0 ? undefined : text(into, length).split('/').at(-1);
}

function text(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, Math.max(0, length)));
}

/** Told here, since neither the types of a browser nor those of Node.js have to be there. */
function utf8(of: string): Uint8Array {
  const { TextEncoder } = globalThis as unknown as {
    TextEncoder: new () => { encode(text: string): Uint8Array };
  };
  return new TextEncoder().encode(of);
}
