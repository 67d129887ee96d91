/** The state machine of a health reporter (net/devlink/health.c). */
import type { Fields } from '../../../schemas/index.ts';
import type { DevlinkFault } from './faults.ts';

export interface ReporterOffers {
  readonly name: string;
  readonly recover: boolean;
}

/** What the driver does when it is asked to. */
export interface ReporterDriver {
  /** An errno when it cannot; the text is that of the error, none when a program asks. */
  recover(text: string | undefined): string | undefined;
  dump(text: string | undefined): Fields;
}

/**
 * Times are not modelled: a period that is not 0 lasts longer than any program. What differs from that in a short
 * period is not asked for.
 */
export class Reporter {
  readonly name: string;
  readonly recovers: boolean;
  state = 0;
  errors = 0n;
  recoveries = 0n;
  grace = 0n;
  burst = 0n;
  autoRecover: boolean;
  autoDump = true;
  kept: Fields | undefined;
  /** Whether last_recovery_ts is set. */
  private recovered = false;
  private readonly driver: ReporterDriver;
  private readonly faults: ReadonlySet<DevlinkFault>;
  private readonly changed: () => void;

  constructor(
    { name, recover }: ReporterOffers,
    driver: ReporterDriver,
    faults: ReadonlySet<DevlinkFault>,
    changed: () => void,
  ) {
    this.name = name;
    this.recovers = recover;
    this.autoRecover = recover;
    this.driver = driver;
    this.faults = faults;
    this.changed = changed;
  }

  private lasts(period: bigint): boolean {
    // msecs_to_jiffies() takes an unsigned int.
    return (this.faults.has('grace-32-bits') ? BigInt.asUintN(32, period) : period) > 0n;
  }

  private get inBurst(): boolean {
    return this.recovered && this.lasts(this.burst) && !this.faults.has('burst-ignored');
  }

  /** The driver reports an error; the errno that comes of it. */
  report(text: string): string | undefined {
    const before = this.state;
    if (!this.faults.has('error-uncounted')) this.errors += 1n;
    this.state = 1;
    if (!this.faults.has('error-untold')) this.changed();
    const recovers = this.autoRecover && !this.faults.has('auto-recover-ignored');
    const held = this.recovered && this.lasts(this.grace) && !this.faults.has('grace-ignored');
    if (recovers && (before !== 0 || (!this.inBurst && held))) return 'ECANCELED';
    if (this.autoDump && !this.faults.has('auto-dump-ignored')) this.take(text);
    return recovers ? this.recover(text) : undefined;
  }

  /** Takes a dump when none is kept. */
  take(text: string | undefined): void {
    if (!this.kept || this.faults.has('dump-replaced')) this.kept = this.driver.dump(text);
  }

  recover(text: string | undefined): string | undefined {
    if (this.state === 0) {
      if (this.faults.has('recovers-healthy')) this.recoveries += 1n;
      return undefined;
    }
    const errno = this.driver.recover(text);
    if (errno !== undefined) {
      if (this.faults.has('failed-recovery-heals')) this.state = 0;
      return errno;
    }
    if (!this.faults.has('recovery-uncounted')) this.recoveries += 1n;
    this.recovered = true;
    this.state = 0;
    if (!this.faults.has('recovery-untold')) this.changed();
    return undefined;
  }

  fields(): Fields {
    const settings: Fields = this.recovers
      ? [
          ['health-reporter-graceful-period', this.grace],
          ['health-reporter-burst-period', this.burst],
          ['health-reporter-auto-recover', this.autoRecover ? 1n : 0n],
        ]
      : [];
    return [
      ['health-reporter-name', this.name],
      ['health-reporter-state', BigInt(this.state)],
      ['health-reporter-err-count', this.errors],
      ['health-reporter-recover-count', this.recoveries],
      ...settings,
      // When it was taken is the machine's business.
      ...(this.kept
        ? ([
            ['health-reporter-dump-ts', 1n],
            ['health-reporter-dump-ts-ns', 1n],
          ] satisfies Fields)
        : []),
      ['health-reporter-auto-dump', this.autoDump ? 1n : 0n],
    ];
  }
}
