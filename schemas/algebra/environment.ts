import type { Condition, FileKind, Term, ValueSet } from '../generated/types/semantics.ts';

/** What the terms and atoms of one call are evaluated against. All numbers are exact integers. */
export interface Environment {
  /** A member of the argument as the caller passed it, by dotted path. */
  field(path: string): bigint;
  constant(name: string): bigint;
  /** A numeric device parameter. */
  param(name: string): bigint;
  /** A text device parameter. */
  text(name: string): string;
  /** A property or state variable of a bound object. */
  property(object: string, name: string): bigint;
  sizeof(type: string): bigint;
  /** Whether the caller's file has this handle of the resource. */
  handle(resource: string, value: bigint): boolean;
  minor(value: bigint): boolean;
  /** Whether an ioctl number has a handler. */
  call(number: bigint): boolean;
  /** The number of the element that an each looks at. */
  index(name: string): bigint;
  /** CLOCK_MONOTONIC in ns at the end of the call. */
  now(): bigint;
  /** The third argument of the ioctl() itself. */
  argument(): bigint;
  /** A number that the model gives. */
  number(name: string, args: readonly bigint[]): bigint;
  /** A state of the world that the model knows; where it is undecided, true, and the environment notes that. */
  model(name: string, args: readonly bigint[], object?: string): boolean;
  /** Whether the caller lacks a permission that the call needs. */
  forbidden(number: bigint): boolean;
  unplugged(): boolean;
  /** Whether a descriptor is open on a file of this kind; of any kind without it. */
  descriptor(value: bigint, kind?: FileKind): boolean;
  absent(object: string): boolean;
  same(a: string, b: string): boolean;
  attachedTwice(object: string): boolean;
  /** The rule of a named predicate that memory breaks, and whether what it looks at can be read. */
  predicate(
    name: string,
    address: bigint,
    length: bigint,
  ): { readonly broken?: string; readonly unread: boolean };
  /** Bytes of user memory; undefined when they cannot be read. */
  bytes(address: bigint, length: bigint): Uint8Array | undefined;
  readable(address: bigint, length: bigint): boolean;
  writable(address: bigint, length: bigint): boolean;
  /** The values of an enum or of listed constants. */
  values(set: ValueSet): readonly bigint[];
}

export type { Condition, FileKind, Term, ValueSet };
