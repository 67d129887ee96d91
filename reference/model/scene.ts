/**
 * What the model of the core or of a driver knows beyond a call's body: how jobs run, what fences do. A body names
 * these states, numbers and effects; an errno comes from its checks only.
 */
import type { Client, Device, KernelObject } from '../drm/objects.ts';

/** Time as the model has it. All in ns of CLOCK_MONOTONIC. */
export interface Clock {
  /** At the end of the call. */
  now(): bigint;
  /**
   * The reference: sleeps until that time. The judge has no such thing: what happens by itself is only known from
   * what was seen.
   */
  readonly sleep?: (until: bigint) => void;
  /** When the call began, where it may be looked at more than once before it ends; else now. */
  readonly began?: bigint;
}

/** The surroundings of one call. */
export interface Scene {
  readonly device: Device;
  readonly client: Client | undefined;
  readonly clock: Clock;
  /** Whether the caller has CAP_SYS_ADMIN. */
  readonly privileged: boolean;
  /** User memory; undefined where it cannot be read. */
  bytes(address: bigint, length: bigint): Uint8Array | undefined;
  /** What is there after the call, for what only the device decides; undefined for the reference, and where it was not seen. */
  seen(address: bigint, length: bigint): Uint8Array | undefined;
  param(name: string): bigint;
  object(name: string): KernelObject | undefined;
  /** Whether a process has the object mapped now. */
  mapped(object: KernelObject): boolean;
  /** What the call found when it began; what it finds now, where it has not slept. */
  kept<T>(name: string, find: () => T): T;
}

/** A state that only what comes after can decide: `learn` is told whether it held. */
export interface Maybe {
  readonly learn: (held: boolean) => void;
}

export type Known = boolean | Maybe;

/** The named parts of the model that bodies use. */
export interface Behaviour {
  readonly states?: Readonly<
    Record<string, (scene: Scene, args: readonly bigint[], object: KernelObject | undefined) => Known>
  >;
  /** undefined: the driver decides, and it cannot be predicted. */
  readonly numbers?: Readonly<Record<string, (scene: Scene, args: readonly bigint[]) => bigint | undefined>>;
  readonly effects?: Readonly<
    Record<string, (scene: Scene, args: readonly bigint[], objects: readonly KernelObject[]) => void>
  >;
  /** Bytes for user memory; undefined where they cannot be predicted. */
  readonly writes?: Readonly<
    Record<
      string,
      (scene: Scene, args: readonly bigint[], objects: readonly KernelObject[]) => Uint8Array | undefined
    >
  >;
  /** Whether work in flight still refers to an object. */
  readonly holds?: (device: Device, object: KernelObject, clock: Clock) => boolean;
  /** Lines of fdinfo about how much a client has used the device. */
  readonly usage?: (device: Device, client: Client, clock: Clock) => string[];
  /** A client is gone: its last descriptor was closed. */
  readonly closed?: (device: Device, client: Client, clock: Clock) => void;
}

/** Finds what a body names; a name that the model does not have is an error of the description. */
export function named<T>(table: Readonly<Record<string, T>> | undefined, name: string): T {
  const found = table?.[name];
  if (!found) throw new Error(`the model has nothing named ${name}`);
  return found;
}
