/** How a step of a program ends on the model. */

import type { CallDescription, CheckRule, StepStatus } from '../../schemas/index.ts';
import type { Origin } from '../drm/ioctl.ts';

/** What one step did on the model. */
export interface StepOutcome {
  readonly status: StepStatus;
  readonly ret: bigint;
  /** Errno name, undefined on success. */
  readonly errno?: string;
  readonly signal: number;
  /** The described call that the step made, if it made one. */
  readonly call?: CallDescription;
  /** The check that refused it. */
  readonly rule?: CheckRule;
  readonly origins: readonly Origin[];
  readonly torn?: { readonly address: bigint; readonly length: bigint };
  /** Refused after a part of its work had begun. */
  readonly begun?: boolean;
  /** Refused after something had changed. */
  readonly changed?: boolean;
  /** Bytes that a call may write as a whole: its argument as far as it is copied out. */
  readonly argument?: { readonly address: bigint; readonly length: number };
  /** The model has nothing to say: the outcome is followed, not predicted. */
  readonly open?: boolean;
}
