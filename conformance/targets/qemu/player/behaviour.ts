/** How the device behaves that the player plays. */

/** What the performance monitor's counters show when a job ends. Missing events show 0. */
export interface CounterValues {
  /** 64 bits. */
  readonly cycles: bigint;
  /** 32 bits each, from event counter 0. */
  readonly events: readonly number[];
}

type Manner =
  /** Every job ends well as soon as it is seen. */
  | { readonly kind: 'complete' }
  /** Every job ends well after so many milliseconds. */
  | { readonly kind: 'late'; readonly ms: number }
  /** The device reports a bus error (STATUS bit 2) and raises its interrupt, at once or after so many milliseconds. */
  | { readonly kind: 'fault'; readonly ms?: number }
  /** The device reports that it cannot read its commands (STATUS bit 4), likewise. */
  | { readonly kind: 'parse-error'; readonly ms?: number }
  /** The device takes the job and stops: the driver's watchdog has to end it. `once`: all later ones end well. */
  | { readonly kind: 'hang'; readonly once?: true }
  /** The device says that it runs; its read position moves for so many milliseconds (default 0), then no more. */
  | { readonly kind: 'hang-busy'; readonly moves?: number }
  /** Stops with a read position of its own choice, for one far outside the command stream. */
  | { readonly kind: 'hang-lost'; readonly read: number }
  /** Stops, and the reset that the driver's watchdog asks for never ends. */
  | { readonly kind: 'hang-reset' }
  /** Its interrupt line rises without a reason in STATUS before every job ends well. */
  | { readonly kind: 'spurious' }
  /** Raises its interrupt, with the reason in STATUS, so many milliseconds before the job has ended. */
  | { readonly kind: 'early'; readonly ms: number }
  /** Stops, and reports the end of the job so many milliseconds after the driver has reset the device. */
  | { readonly kind: 'stale'; readonly ms: number };

export type DeviceBehaviour = Manner & { readonly counters?: CounterValues };

export const BEHAVIOURS = [
  'complete',
  'late',
  'fault',
  'parse-error',
  'hang',
  'hang-busy',
  'hang-lost',
  'hang-reset',
  'spurious',
  'early',
  'stale',
] as const satisfies readonly DeviceBehaviour['kind'][];

/** How the performance monitor was set up when a job started. */
export interface MonitorSetup {
  /** PMCR bit 0. */
  readonly on: boolean;
  /** Enabled counters: bit 31 counts cycles, bit N is event counter N. */
  readonly enabled: number;
  /** Events of the enabled event counters, from counter 0. */
  readonly events: readonly number[];
}

/** `running` until the device has reported an end or was reset by the driver. */
export type JobEnd = 'running' | 'completed' | 'fault' | 'parse-error' | 'reset';

/** A job that the device was given. */
export interface PlayedJob {
  readonly queueBase: bigint;
  readonly queueSize: number;
  /** Base addresses of the eight regions as the registers held them. */
  readonly regions: readonly bigint[];
  readonly monitor: MonitorSetup;
  readonly behaviour: DeviceBehaviour['kind'];
  /** Milliseconds of the host's `performance.now()`. */
  readonly started: number;
  /** Likewise; undefined while it runs. */
  readonly ended: number | undefined;
  readonly end: JobEnd;
}
