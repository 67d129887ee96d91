/** A program that is to be run on both targets. */
import type { DeviceMood, Program } from '../../schemas/index.ts';

export interface Candidate {
  /** Where it comes from: a case, a random program or a trace, and what was changed in it. */
  readonly name: string;
  readonly program: Program;
  readonly labels: readonly string[];
  /** How the device has to end its jobs; well without it. */
  readonly device?: DeviceMood;
}
