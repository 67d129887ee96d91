/** A case: one program, and what it tells about which clauses. */

import type { DeviceMood, Program, Trace } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Difference } from '../judge/difference.ts';

/** A clause for one ioctl, field, handle or node. */
export interface Instance {
  readonly clause: ClauseId;
  /** `CALL`, `CALL.field` or `node`. */
  readonly instance: string;
  /** Steps that must succeed for the probes to tell anything. */
  readonly controls: readonly number[];
  /** Steps that the clause is about. */
  readonly probes: readonly number[];
  /** The clause is about what a successful call writes: some probe must succeed. */
  readonly needsSuccess?: boolean;
  /** Which differences of the probes the clause is about; all without it. */
  readonly about?: (difference: Difference) => boolean;
  /** Clauses that demand the same of some calls: what is on record as breaking one of them breaks this one too. */
  readonly alike?: readonly ClauseId[];
  /** Probes that differ in what memory held before: what the device sets does not come back as it went in after both. */
  readonly refilled?: readonly (readonly [number, number])[];
  /** Looks at what was seen itself, where no model can predict it: a sentence when the clause is violated. */
  readonly look?: (trace: Trace) => string | undefined;
  /** Why what was to be tried did not happen, where only the trace tells. */
  readonly missed?: (trace: Trace) => string | undefined;
  /** The description does not decide this clause here. */
  readonly notClaimed?: string;
  /** Nothing can be tried; why. */
  readonly notReached?: string;
  /** The clause is about things that a newer kernel may define. */
  readonly newerMayDiffer?: boolean;
}

/** How far a case goes: it only looks, it changes what it puts back, it disturbs other users, it may destroy. */
export const TIERS = ['observe', 'reversible', 'disturbing', 'destructive'] as const;
export type Tier = (typeof TIERS)[number];

export function isAtLeast(tier: Tier, least: Tier): boolean {
  return TIERS.indexOf(tier) >= TIERS.indexOf(least);
}

export interface Case {
  /** `reversible` without it. */
  readonly tier?: Tier;
  readonly name: string;
  readonly family: string;
  readonly program: Program;
  /** How the device has to behave; well without it. */
  readonly device?: DeviceMood;
  /** What a look finds counts when a second run finds it too: what else the machine does can look the same. */
  readonly twice?: true;
  /** The step that begins lanes of which nobody knows who comes first: it runs in rounds with other offsets. */
  readonly race?: number;
  /** Puts back what the program changed, for one that was cut before it did so itself. */
  readonly restore?: Program;
  readonly labels: readonly string[];
  readonly instances: readonly Instance[];
}

/** A case that is expected to disturb the machine tells of every step at once. */
export const isPrompt = ({ tier }: Case): boolean => isAtLeast(tier ?? 'reversible', 'disturbing');
