/**
 * What the generated modules of all drivers share: codecs, sets of values and typed errors. Nothing here needs Node.js.
 */

/** The ABIs whose layouts are described; all are little-endian. */
export type Abi = 'x86_64' | 'i386' | 'aarch64' | 'armhf' | 'riscv64';

const ARCHITECTURES: Readonly<Record<string, Abi>> = {
  x64: 'x86_64',
  ia32: 'i386',
  arm64: 'aarch64',
  arm: 'armhf',
  riscv64: 'riscv64',
};

/** The ABI of the running program; x86_64 where nothing tells, such as in a browser. */
export function hostAbi(): Abi {
  const host = (globalThis as { process?: { arch?: string } }).process;
  return ARCHITECTURES[host?.arch ?? ''] ?? 'x86_64';
}

/** A struct as bytes: any bits can be read and written, whether the kernel would take them or not. */
export interface Codec<T> {
  readonly name: string;
  size(abi?: Abi): number;
  /** Reads the struct at a place; bytes after the last element of a flexible array are left alone. */
  read(view: DataView, at?: number, abi?: Abi): T;
  /** Writes the members and leaves the holes; of a union those members that are given. */
  write(view: DataView, value: T, at?: number, abi?: Abi): void;
  /** Why the bytes are no argument that the description allows: a hole or reserved member in use, a value of no set. */
  problem(view: DataView, at?: number, abi?: Abi): string | undefined;
}

/** The bytes of a value, in a buffer of their own that the garbage collector does not move. */
export function encode<T>(codec: Codec<T>, value: T, more = 0, abi = hostAbi()): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(codec.size(abi) + more));
  codec.write(viewOf(bytes), value, 0, abi);
  return bytes;
}

export function decode<T>(codec: Codec<T>, bytes: Uint8Array, abi = hostAbi()): T {
  return codec.read(viewOf(bytes), 0, abi);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Throws RangeError when a struct does not lie within the bytes. */
export function enough(view: DataView, at: number, size: number, name: string): void {
  if (at < 0 || at + size > view.byteLength)
    throw new RangeError(`${name} needs ${size} bytes from ${at} on, there are ${view.byteLength}`);
}

/** Signed or unsigned, a number has to fit: what is cut silently is a mistake that nobody sees. */
function fitting(value: number, bits: number, name: string): number {
  if (!Number.isInteger(value) || value < -(2 ** (bits - 1)) || value >= 2 ** bits)
    throw new RangeError(`${value} does not fit in the ${bits} bits of ${name}`);
  return value;
}

export function put8(view: DataView, at: number, value: number, name: string): void {
  view.setUint8(at, fitting(value, 8, name));
}

export function put16(view: DataView, at: number, value: number, name: string): void {
  view.setUint16(at, fitting(value, 16, name), true);
}

export function put32(view: DataView, at: number, value: number, name: string): void {
  view.setUint32(at, fitting(value, 32, name), true);
}

export function put64(view: DataView, at: number, value: bigint, name: string): void {
  if (value !== BigInt.asUintN(64, value) && value !== BigInt.asIntN(64, value))
    throw new RangeError(`${value} does not fit in the 64 bits of ${name}`);
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
}

export function getBytes(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, Math.max(0, length)).slice();
}

export function putBytes(view: DataView, at: number, value: Uint8Array): void {
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(value, at);
}

/** Elements of an array; each is read at its own place. */
export function getArray<T>(length: number, read: (index: number) => T): T[] {
  return Array.from({ length: Math.max(0, length) }, (_, index) => read(index));
}

/** Throws RangeError unless an array has the elements that the struct has room for. */
export function counted(length: number, wanted: number, name: string): void {
  if (length !== wanted) throw new RangeError(`${name} has ${wanted} elements, ${length} were given`);
}

/** An array of the struct's own length, the elements that are not given as 0. */
export function padded(values: readonly number[], length: number, name: string): number[] {
  if (values.length > length)
    throw new RangeError(`${name} has room for ${length} elements, ${values.length} were given`);
  return [...values, ...new Array<number>(length - values.length).fill(0)];
}

/**
 * Every member 0, those of a union included: delete the ones that are not meant, since all that are there are written, in
 * the order of the header.
 */
export function zero<T>(codec: Codec<T>): T {
  return codec.read(viewOf(new Uint8Array(codec.size())));
}

/** How many elements arrays have that one member counts; those that are left out do not count. */
export function lengthOf(...lengths: readonly (number | undefined)[]): number {
  const [first, ...others] = lengths.filter(length => length !== undefined);
  const other = others.find(length => length !== first);
  if (other !== undefined)
    throw new RangeError(`arrays of one call have to be of one length, not ${first} and ${other}`);
  return first ?? 0;
}

/** Constants by name. */
export type Values = Readonly<Record<string, number | bigint>>;

export function valuesOf(set: Values): bigint[] {
  return Object.values(set).map(BigInt);
}

/** Every bit that a constant of a set has. */
export function bitsOf(set: Values): bigint {
  return valuesOf(set).reduce((all, value) => all | value, 0n);
}

/** The bits of flags that are given by name. */
export function combined<Set extends Values>(set: Set, names: readonly (keyof Set)[]): bigint {
  return names.reduce((all, name) => all | BigInt(set[name]!), 0n);
}

/** The offset of the first byte of a hole that is not 0. */
export function usedHole(view: DataView, at: number, holes: readonly (readonly [number, number])[]): number {
  for (const [offset, size] of holes)
    for (let byte = offset; byte < offset + size; byte += 1) if (view.getUint8(at + byte) !== 0) return byte;
  return -1;
}

/** A handle of one kind of object of one open file. */
export type Handle<Resource extends string> = number & { readonly __resource: Resource };

/** A file descriptor. */
export type Descriptor = number & { readonly __descriptor: true };

/** A check of a description: its condition in English, and where the argument alone tells, whether it holds. */
export interface Check {
  readonly check: string;
  readonly errno: string;
  readonly when: string;
  /** A member's value by its name; undefined where more than the argument would have to be known. */
  readonly holds?: (member: (name: string) => bigint) => boolean;
}

/** Numbers of errnos; the same on all described ABIs (asm-generic/errno.h). */
export const ERRNOS: Readonly<Record<number, string>> = {
  /* ERRNOS */
};

/** A call that failed: the errno, and the checks of the description that give it, the likeliest first. */
export class UapiError extends Error {
  readonly call: string;
  readonly errno: number;
  readonly code: string;
  readonly checks: readonly Check[];
  /** Whether the first of the checks was found in the argument itself. */
  readonly certain: boolean;

  constructor(call: string, errno: number, checks: readonly Check[] = [], certain = false) {
    const code = ERRNOS[errno] ?? `errno ${errno}`;
    const known = checks.map(({ check, when }) => `${check} (${when})`);
    const why = certain ? known.slice(0, 1) : known;
    super(`${call}: ${code}${why.length > 0 ? `: ${why.join(', or ')}` : ''}`);
    this.name = 'UapiError';
    this.call = call;
    this.errno = errno;
    this.code = code;
    this.checks = checks;
    this.certain = certain;
  }
}

/** The error of a call, by the argument as it was passed. */
export function uapiError(
  call: string,
  errno: number,
  checks: readonly Check[],
  argument: object,
): UapiError {
  const code = ERRNOS[errno];
  const member = (name: string) => {
    const value = (argument as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'bigint' || typeof value === 'number') return BigInt(value);
    throw new RangeError(`${call} has no number ${name}`);
  };
  const same = checks.filter(each => each.errno === code);
  const found = same.find(each => each.holds?.(member));
  if (found) return new UapiError(call, errno, [found, ...same.filter(each => each !== found)], true);
  return new UapiError(
    call,
    errno,
    same.filter(each => each.holds === undefined),
  );
}
