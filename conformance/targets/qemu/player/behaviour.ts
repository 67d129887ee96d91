/** How the device behaves that the player plays. */
export type DeviceBehaviour =
  /** Every job ends well as soon as it is seen. */
  | { readonly kind: 'complete' }
  /** Every job ends well after so many milliseconds. */
  | { readonly kind: 'late'; readonly ms: number }
  /** The device reports a bus error (STATUS bit 2) and raises its interrupt. */
  | { readonly kind: 'fault' }
  /** The device reports that it cannot read its commands (STATUS bit 4). */
  | { readonly kind: 'parse-error' }
  /** The device takes the job and stops: the driver's watchdog has to end it. */
  | { readonly kind: 'hang' }
  /** The device says that it runs and gets nowhere. */
  | { readonly kind: 'hang-busy' }
  /** Stops with a read position far outside the command stream. */
  | { readonly kind: 'hang-lost'; readonly read: number }
  /** Raises its interrupt without a reason before every job ends well. */
  | { readonly kind: 'spurious' };

export const BEHAVIOURS = [
  'complete',
  'late',
  'fault',
  'parse-error',
  'hang',
  'hang-busy',
  'hang-lost',
  'spurious',
] as const satisfies readonly DeviceBehaviour['kind'][];

/** A job that the device was given. */
export interface PlayedJob {
  readonly queueBase: bigint;
  readonly queueSize: number;
  /** Base addresses of the eight regions as the registers held them. */
  readonly regions: readonly bigint[];
  readonly behaviour: DeviceBehaviour['kind'];
}
