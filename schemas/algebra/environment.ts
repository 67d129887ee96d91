import type { Condition, Term, ValueSet } from '../generated/types/semantics.ts';

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
  readable(address: bigint, length: bigint): boolean;
  writable(address: bigint, length: bigint): boolean;
  /** The values of an enum or of listed constants. */
  values(set: ValueSet): readonly bigint[];
}

export type { Condition, Term, ValueSet };
