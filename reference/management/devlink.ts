/** The family devlink over the device that carries a node: its firmware and its health (management profile). */
import { type Fields, netlinkFamilies } from '../../schemas/index.ts';
import type { DevlinkFault } from '../netlink/devlink/faults.ts';
import { Reporter } from '../netlink/devlink/reporter.ts';
import type { DriverError, Dump, FamilyModel, Notify, Request, Situation } from '../netlink/family.ts';
import { FIXED_VERSIONS, Firmware, type FlashRequest, SETTINGS } from './firmware.ts';
import type { FirmwareFault } from './firmware-faults.ts';
import type { HealthFault } from './health-faults.ts';
import { messageOf } from './message.ts';

export type DeviceFault = FirmwareFault | HealthFault;

export interface ManagedDevice {
  readonly driver: string;
  readonly bus: string;
  readonly name: string;
}

/** What the device does besides when it fails. */
export interface FailureWatch {
  failed(text: string): void;
  recovered(): void;
  /** Between two blocks of an update. */
  pause(): void;
}

const FAMILY = 0x15;
const GROUP = 5;
const INDEX = 0n;
const [DRIVER_REINIT, FW_ACTIVATE] = [1n, 2n];
export const REPORTERS = { recovers: 'fw', cannot: 'ecc' } as const;

export class ManagedDevlink implements FamilyModel {
  readonly description = netlinkFamilies().get('devlink')!;
  readonly number = FAMILY;
  readonly groups = new Map([['config', GROUP]]);
  readonly firmware: Firmware;
  readonly images = new Map<string, string>();
  reporters: readonly Reporter[] = [];
  recoveryFails = false;
  private there = true;
  private readonly device: ManagedDevice;
  private readonly faults: ReadonlySet<DeviceFault>;
  private readonly watch: FailureWatch;
  private notify: Notify = () => {};
  private last = '';

  constructor(device: ManagedDevice, faults: readonly DeviceFault[], watch: FailureWatch) {
    this.device = device;
    this.faults = new Set(faults);
    this.watch = watch;
    this.firmware = new Firmware(this.faults as ReadonlySet<FirmwareFault>);
    this.begin();
  }

  attach(notify: Notify): void {
    this.notify = notify;
  }

  private get handle(): Fields {
    return [
      ['bus-name', this.device.bus],
      ['dev-name', this.device.name],
      ['index', INDEX],
    ];
  }

  private begin(): void {
    const faults = this.faults as unknown as ReadonlySet<DevlinkFault>;
    const make = (name: string, recover: boolean): Reporter => {
      const dump = (text: string | undefined) => messageOf([['error', text ?? 'none']]);
      const driver = {
        recover: () => {
          if (this.recoveryFails) return 'EIO';
          this.watch.recovered();
          return undefined;
        },
        dump,
      };
      const reporter: Reporter = new Reporter({ name, recover }, driver, faults, () => this.told(reporter));
      return reporter;
    };
    this.reporters = [make(REPORTERS.recovers, true), make(REPORTERS.cannot, false)];
  }

  private told(reporter: Reporter): void {
    const fields = this.reporterFields(reporter);
    this.notify('health-reporter-recover-ntf', fields);
    if (this.faults.has('told-twice')) this.notify('health-reporter-recover-ntf', fields);
  }

  private reporter(name: unknown): Reporter | undefined {
    return this.reporters.find(each => each.name === name);
  }

  private reporterFields(reporter: Reporter): Fields {
    return [...this.handle, ['health-reporter', reporter.fields()]];
  }

  /** The device comes or goes. */
  bound(there: boolean): void {
    if (there === this.there) return;
    if (there) this.begin();
    const fields = this.fields();
    const untold = this.faults.has(there ? 'new-untold' : 'del-untold');
    if (!untold) this.notify(there ? 'new' : 'del', fields);
    this.there = there || this.faults.has('gone-is-listed');
  }

  /** The device reports an error of its own. */
  report(name: string, text: string): boolean {
    const reporter = this.reporter(name);
    if (!reporter || !this.there) return false;
    this.last = text;
    reporter.report(text);
    if (this.faults.has('error-counted-twice')) reporter.errors += 1n;
    if (this.faults.has('error-everywhere'))
      for (const other of this.reporters) if (other !== reporter) other.report(text);
    this.watch.failed(text);
    return true;
  }

  situation(request: Request): Situation {
    const { values } = request;
    const instance = this.named(request);
    const reporter = instance ? this.reporter(values.get('health-reporter-name')) : undefined;
    const action = values.get('reload-action') ?? DRIVER_REINIT;
    const conditions: Readonly<Record<string, () => boolean | DriverError>> = {
      'component-unknown': () => !this.firmware.has(String(values.get('flash-update-component'))),
      'file-not-found': () => !this.images.has(String(values.get('flash-update-file-name'))),
      'update-fails': () => this.outcome(request),
      'action-unsupported': () => action !== DRIVER_REINIT && action !== FW_ACTIVATE,
      'limit-unsupported': () => true,
      'netns-unknown': () => true,
      'recover-fails': () => (this.recoveryFails ? { errno: 'EIO', message: true } : false),
    };
    return {
      exists: object => (object === 'instance' ? instance : reporter !== undefined),
      offers: what =>
        what === 'recover of the reporter'
          ? (reporter?.recovers ?? false)
          : !['test of the reporter', 'selftest_check', 'selftest_run'].includes(what),
      named: name => conditions[name]?.() ?? false,
      property: (object, property) => {
        if (object !== 'reporter' || !reporter) return undefined;
        if (property === 'state') return BigInt(reporter.state);
        const asked = values.get('health-reporter-graceful-period');
        return typeof asked === 'bigint' ? asked : reporter.grace;
      },
    };
  }

  /** Whether the request names the device. */
  private named({ values }: Request): boolean {
    if (!this.there) return false;
    if (values.has('index')) return values.get('index') === INDEX;
    return values.get('bus-name') === this.device.bus && values.get('dev-name') === this.device.name;
  }

  private flashOf({ values }: Request): FlashRequest {
    const component = values.get('flash-update-component');
    const mask = values.get('flash-update-overwrite-mask');
    return {
      content: this.images.get(String(values.get('flash-update-file-name'))) ?? '',
      ...(component === undefined ? {} : { component: String(component) }),
      mask: typeof mask === 'bigint' ? mask : 0n,
    };
  }

  private outcome(request: Request): false | DriverError {
    const error = this.firmware.outcome(this.flashOf(request));
    return error ? { errno: error.errno, message: !this.faults.has('error-unnamed') } : false;
  }

  private flash(request: Request): void {
    const asked = this.flashOf(request);
    const component: Fields =
      asked.component === undefined ? [] : [['flash-update-component', asked.component]];
    this.firmware.flash(asked, {
      begin: () => this.notify('flash-update-ntf', this.handle),
      status: (text, done, total) =>
        this.notify('flash-update-status', [
          ...this.handle,
          ['flash-update-status-msg', text],
          ...component,
          ['flash-update-status-done', BigInt(done)],
          ['flash-update-status-total', BigInt(total)],
          ['flash-update-status-timeout', 0n],
        ]),
      end: () => this.notify('flash-update-end', this.handle),
      pause: () => this.watch.pause(),
    });
  }

  refused(request: Request, check: string): void {
    if (check === 'update') this.flash(request);
    else if (request.operation === 'flash-update' && this.faults.has('refused-begins'))
      this.notify('flash-update-ntf', this.handle);
    if (check === 'recover') this.reporter(request.values.get('health-reporter-name'))?.recover(undefined);
  }

  act(request: Request): Fields | { readonly many: readonly Fields[] } | undefined {
    const { operation, values } = request;
    const reporter = this.reporter(values.get('health-reporter-name'));
    switch (operation) {
      case 'get':
        return this.fields();
      case 'info-get':
        return this.info();
      case 'reload':
        return this.reload(values.get('reload-action'));
      case 'flash-update':
        this.flash(request);
        return undefined;
      case 'health-reporter-get':
        return this.reporterFields(reporter!);
      case 'health-reporter-set':
        this.set(reporter!, values);
        return undefined;
      case 'health-reporter-recover':
        reporter!.recover(undefined);
        return undefined;
      case 'health-reporter-diagnose':
        return { many: [[['fmsg', messageOf([['last error', this.last || 'none']])]]] };
      case 'health-reporter-dump-clear':
        if (this.faults.has('clear-heals')) reporter!.state = 0;
        if (!this.faults.has('clear-ignored')) reporter!.kept = undefined;
        return undefined;
      default:
        return undefined;
    }
  }

  private set(reporter: Reporter, values: Request['values']): void {
    const number = (name: string) => {
      const value = values.get(`health-reporter-${name}`);
      return typeof value === 'bigint' ? value : undefined;
    };
    reporter.grace = number('graceful-period') ?? reporter.grace;
    reporter.burst = reporter.grace === 0n ? 0n : (number('burst-period') ?? reporter.burst);
    reporter.autoRecover = (number('auto-recover') ?? (reporter.autoRecover ? 1n : 0n)) !== 0n;
    reporter.autoDump = (number('auto-dump') ?? (reporter.autoDump ? 1n : 0n)) !== 0n;
  }

  private reload(asked: bigint | string | undefined): Fields | undefined {
    const action = asked === FW_ACTIVATE ? FW_ACTIVATE : DRIVER_REINIT;
    if (action === FW_ACTIVATE) this.firmware.activate('activation');
    if (this.faults.has('reload-heals-untold')) for (const each of this.reporters) each.state = 0;
    if (asked === undefined) return undefined;
    const performed = Number(1n << action);
    return [...this.handle, ['reload-actions-performed', { value: performed, selector: performed }]];
  }

  private fields(): Fields {
    return [...this.handle, ['reload-failed', 0n]];
  }

  private info(): Fields {
    const { firmware, faults } = this;
    const version = (name: string, value: string): Fields => [
      ['info-version-name', name],
      ['info-version-value', value],
    ];
    const hidden = (name: string) => faults.has('component-hidden') && name !== 'fw.app';
    const all = [...firmware.components].filter(([name]) => !hidden(name));
    const each = [...all, [SETTINGS, firmware.settings] as const];
    const fixed = { ...FIXED_VERSIONS, 'board.rev': firmware.boardRevision };
    return [
      ...this.handle,
      ['info-driver-name', this.device.driver],
      ['info-serial-number', firmware.serial],
      ...Object.entries(fixed).map(([name, value]): Fields[number] => [
        'info-version-fixed',
        version(name, value),
      ]),
      ...each.flatMap(
        ([name, { running, stored }]): Fields => [
          ...(faults.has('running-hidden')
            ? []
            : ([['info-version-running', version(name, running)]] satisfies Fields)),
          ...(faults.has('stored-hidden')
            ? []
            : ([['info-version-stored', version(name, stored)]] satisfies Fields)),
        ],
      ),
    ];
  }

  *dump(request: Request): Dump {
    const { operation, values } = request;
    if (operation === 'health-reporter-dump-get') {
      const reporter = this.reporter(values.get('health-reporter-name'))!;
      reporter.take(undefined);
      const [other] = this.reporters.filter(each => each !== reporter);
      const told = this.faults.has('dump-of-another') ? (other?.kept ?? reporter.kept!) : reporter.kept!;
      yield [['fmsg', told]];
      if (this.faults.has('dump-consumed')) reporter.kept = undefined;
      return undefined;
    }
    if (!this.there) return undefined;
    if (operation === 'get') yield this.fields();
    if (operation === 'info-get') yield this.info();
    if (operation === 'health-reporter-get')
      for (const reporter of this.reporters)
        if (!(this.faults.has('reporter-hidden') && !reporter.recovers)) yield this.reporterFields(reporter);
    return undefined;
  }
}
