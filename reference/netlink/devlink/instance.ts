/** One device of netdevsim as an instance of devlink (net/devlink/dev.c, drivers/net/netdevsim/dev.c). */
import type { Fields } from '../../../schemas/index.ts';
import type { DevlinkFault } from './faults.ts';
import { dummyMessage, EMPTY_MESSAGE } from './message.ts';
import { COMPONENT, deviceName, FLASH, KNOBS, NETDEVSIM_BUS, RESET_BY_RELOAD } from './netdevsim.ts';
import { Reporter } from './reporter.ts';

/** enum devlink_reload_action, enum devlink_reload_limit. */
const [DRIVER_REINIT, FW_ACTIVATE] = [1n, 2n];
const [NO_LIMIT, NO_RESET] = [0n, 1n];

export class Instance {
  readonly id: number;
  readonly index: number;
  readonly knobs = new Map(Object.entries(KNOBS).map(([name, { start }]) => [name, start]));
  /** None while a reload has failed. */
  reporters: readonly Reporter[] = [];
  reloadFailed = false;
  private reloads = 0n;
  private flashes = 0;
  private readonly faults: ReadonlySet<DevlinkFault>;
  private readonly tell: (operation: string, fields: Fields) => void;

  constructor(
    id: number,
    index: number,
    faults: ReadonlySet<DevlinkFault>,
    tell: (operation: string, fields: Fields) => void,
  ) {
    this.id = id;
    this.index = index;
    this.faults = faults;
    this.tell = tell;
    this.begin();
  }

  get handle(): Fields {
    return [
      ['bus-name', NETDEVSIM_BUS],
      ['dev-name', deviceName(this.id)],
      ['index', BigInt(this.index)],
    ];
  }

  /** The reporters of a driver that begins. */
  private begin(): void {
    let recovered: string | undefined;
    const message = (first?: readonly [string, string]) =>
      dummyMessage({
        ...(first ? { first } : {}),
        binary: this.knob('health/binary_len'),
        unbalanced: this.faults.has('message-unbalanced'),
      });
    const [empty, dummy]: Reporter[] = [
      new Reporter(
        { name: 'empty', recover: false },
        { recover: () => undefined, dump: () => EMPTY_MESSAGE },
        this.faults,
        () => this.told(empty!),
      ),
      new Reporter(
        { name: 'dummy', recover: true },
        {
          recover: text => {
            if (this.knob('health/fail_recover') !== 0) return 'EINVAL';
            recovered = text ?? recovered;
            return undefined;
          },
          dump: text => message(text === undefined ? undefined : ['break_message', text]),
        },
        this.faults,
        () => this.told(dummy!),
      ),
    ];
    this.diagnoses = new Map([
      ['empty', () => EMPTY_MESSAGE],
      ['dummy', () => message(recovered === undefined ? undefined : ['recovered_break_message', recovered])],
    ]);
    this.reporters = [empty!, dummy!];
  }

  private diagnoses: ReadonlyMap<string, () => Fields> = new Map();

  diagnose(name: string): Fields {
    return this.diagnoses.get(name)!();
  }

  knob(name: string): number {
    return this.knobs.get(name) ?? 0;
  }

  reporter(name: string): Reporter | undefined {
    return this.reporters.find(each => each.name === name);
  }

  private told(reporter: Reporter): void {
    this.tell('health-reporter-recover-ntf', this.reporterFields(reporter));
  }

  reporterFields(reporter: Reporter): Fields {
    return [...this.handle, ['health-reporter', reporter.fields()]];
  }

  fields(): Fields {
    const stats = (action: bigint, entries: readonly (readonly [bigint, bigint])[]): Fields[number] => [
      'reload-action-info',
      [
        ['reload-action', action],
        [
          'reload-action-stats',
          entries.map(([limit, value]) => [
            'reload-stats-entry',
            [
              ['reload-stats-limit', limit],
              ['reload-stats-value', value],
            ],
          ]),
        ],
      ],
    ];
    return [
      ...this.handle,
      ['reload-failed', this.reloadFailed ? 1n : 0n],
      [
        'dev-stats',
        [
          ['reload-stats', [stats(DRIVER_REINIT, [[NO_LIMIT, this.reloads]])]],
          [
            'remote-reload-stats',
            [
              stats(DRIVER_REINIT, [[NO_LIMIT, 0n]]),
              stats(FW_ACTIVATE, [
                [NO_LIMIT, 0n],
                [NO_RESET, 0n],
              ]),
            ],
          ],
        ],
      ],
    ];
  }

  info(): Fields {
    const version = (value: string): Fields => [
      ['info-version-name', COMPONENT.name],
      ['info-version-value', value],
    ];
    const running = this.faults.has('running-changes') && this.flashes > 0 ? '10.20.31' : COMPONENT.version;
    return [
      ...this.handle,
      ...(this.faults.has('stored-hidden')
        ? []
        : ([['info-version-stored', version(COMPONENT.version)]] satisfies Fields)),
      ['info-version-running', version(running)],
      ['info-driver-name', NETDEVSIM_BUS],
    ];
  }

  /** The driver leaves and comes back; an errno when it does not come back. */
  reload(): string | undefined {
    if (this.knob('dont_allow_reload') !== 0) {
      if (this.faults.has('reload-refused-resets')) this.begin();
      return 'EOPNOTSUPP';
    }
    const kept = this.faults.has('reload-keeps-errors') ? this.reporters : [];
    this.reporters = [];
    const failed = this.knob('fail_reload') !== 0;
    if (this.reloadFailed !== failed && !this.faults.has('failed-forgotten')) {
      this.reloadFailed = failed;
      this.tell('new', this.fields());
    }
    if (failed) {
      if (this.faults.has('failed-counted')) this.reloads += 1n;
      return 'EINVAL';
    }
    for (const name of RESET_BY_RELOAD) this.knobs.set(name, KNOBS[name]!.start);
    this.begin();
    if (kept.length > 0) this.reporters = kept;
    this.reloads += 1n;
    if (!this.faults.has('reload-untold')) this.tell('new', this.fields());
    return undefined;
  }

  /** Tells as the driver does while it writes; `works` is false when it refuses. */
  flash(component: string | undefined, works: boolean): void {
    const has = (fault: DevlinkFault) => this.faults.has(fault);
    const status = (words: string, done: number, total: number, timeout = 0) =>
      this.tell('flash-update-status', [
        ...this.handle,
        ['flash-update-status-msg', words],
        ...(component === undefined || has('component-untold')
          ? []
          : ([['flash-update-component', component]] satisfies Fields)),
        ['flash-update-status-done', BigInt(done)],
        ['flash-update-status-total', BigInt(total)],
        ['flash-update-status-timeout', BigInt(timeout)],
      ]);
    const end = () => this.tell('flash-update-end', this.handle);
    if (!has('begin-untold') && !has('begin-before-checks')) this.tell('flash-update-ntf', this.handle);
    if (works && has('early-end')) end();
    if (works && this.knob('fw_update_status') !== 0) {
      status('Preparing to flash', 0, 0);
      for (let done = 0; done <= FLASH.size; done += FLASH.chunk) {
        const back = has('progress-back') && done === FLASH.size / 2 ? 2 * FLASH.chunk : 0;
        const beyond = has('progress-beyond') && done === FLASH.size ? FLASH.chunk : 0;
        const total = has('total-moves') && done > FLASH.size / 2 ? FLASH.size * 2 : FLASH.size;
        status('Flashing', done - back + beyond, total);
      }
      status('Flash select', 0, 0, FLASH.select);
      status('Flashing done', 0, 0);
    }
    if (works) this.flashes += 1;
    if (has('end-untold') || has('early-end') || (has('end-only-on-success') && !works)) return;
    end();
    if (has('end-twice')) end();
  }
}
