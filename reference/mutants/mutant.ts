/** A reference with one fault in it, made to see whether the kit notices. */
import type { AbiName, DriverDescription, Op, Patch } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults } from '../model/faults.ts';

export interface Mutant {
  /** Dotted lower case; never changes. A made one is named `operator.RULE`, after the rule that it breaks. */
  readonly id: string;
  /** The class of real faults that it stands for, C01 to C40. */
  readonly class: string;
  /** The clauses that it must die by. */
  readonly clauses: readonly ClauseId[];
  /** The driver whose description it breaks. */
  readonly driver: string;
  readonly summary: string;
  /** The fault as edits of the description. */
  readonly patch?: Patch;
  /** The fault, where no edit can express it. */
  readonly faults?: CoreFaults;
  /** The ioctls in which the fault shows; any without it, or those of the edited rules. */
  readonly calls?: readonly string[];
  /** The kinds of steps in which the fault shows; any without it. */
  readonly ops?: readonly Op[];
  /** The profile on which programs get to what it breaks, where that is not the driver's first. */
  readonly profile?: string;
  /** The ABI of its programs where it shows in that only; else x86_64. */
  readonly abi?: AbiName;
  /** Why no program can tell it from the strict reference. */
  readonly equivalent?: string;
}

/** The mutants of one class for one driver; those of the core belong to the driver that they are tried on. */
export type MutantSource = (driver: DriverDescription) => readonly Mutant[];
