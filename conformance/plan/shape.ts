/** How a call is made, and what a good one consists of. */
import {
  type CallDescription,
  type Capture,
  checks,
  type Relocation,
  type RequestParts,
  type Value,
} from '../../schemas/index.ts';
import type { Argument } from './arguments.ts';

/** A wait may last the 5 s of DRM_SYNCOBJ_WAIT_FOR_SUBMIT_TIMEOUT (drivers/gpu/drm/drm_syncobj.c:420), and some more. */
const WAIT_DEADLINE_MS = 15_000;

/** How a call differs from a plain one. */
export interface CallShape {
  /** Replaces the argument's address. */
  readonly address?: Value;
  /** Replaces parts of the request. */
  readonly request?: Partial<RequestParts>;
  /** Bytes of the argument buffer; default the structure's size. */
  readonly room?: number;
  /** Where in memory: at the end of a page (default), or at its start. */
  readonly align?: 'start' | 'end';
  readonly access?: 'readwrite' | 'read' | 'none' | 'hole';
  /** Byte that every output member and every byte past the structure holds before the call. */
  readonly poison?: number;
  /** Stores what the call leaves in a member in a slot. */
  readonly keep?: { readonly field: string; readonly slot: number };
  /** Stores what the call leaves in memory in slots. */
  readonly captures?: readonly Capture[];
  readonly label?: string;
  /** Longer than a call that only looks something up may take, in ms. */
  readonly deadline?: number;
}

/** What a step stores of its argument, in slots, and what else it is to store. */
export function capturesOf(
  kept: readonly { readonly into: number; readonly offset: number; readonly size: number }[],
  buffer: number,
  { captures = [] }: CallShape,
): Capture[] {
  const own = kept.map(({ into, offset, size }) => ({
    slot: into,
    from: 'buffer' as const,
    buffer,
    offset,
    width: size as Relocation['width'],
  }));
  return [...own, ...captures];
}

/** Chooses between several good values: gets a member's name and how many there are. */
export type Pick = (field: string, count: number) => number;

export interface GoodArguments {
  readonly values: Record<string, Argument>;
  /** The steps that had to run first. */
  readonly setup: number[];
}

const waits = new WeakMap<CallDescription, boolean>();

/** How long the step may take, in ms, where it is longer than for any other. */
export function deadlineOf(call: CallDescription, { deadline }: CallShape): { readonly deadline?: number } {
  if (deadline !== undefined) return { deadline };
  let known = waits.get(call);
  if (known === undefined) {
    known = checks(call.semantics.body).some(({ clause }) => clause === 'argument.deadline');
    waits.set(call, known);
  }
  return known ? { deadline: WAIT_DEADLINE_MS } : {};
}

/** A handle, and the step that makes it. */
export interface FreshHandle {
  readonly step: number;
  readonly handle: Value;
}
