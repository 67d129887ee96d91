/** The family devlink over devices of netdevsim, as its documents want it. Parameters and regions are left out. */
import { type Fields, netlinkFamilies } from '../../../schemas/index.ts';
import type { Dump, FamilyModel, Notify, Request, Situation } from '../family.ts';
import type { DevlinkFault } from './faults.ts';
import { Instance } from './instance.ts';
import { splitMessage } from './message.ts';
import {
  COMPONENT,
  deviceName,
  FIRMWARE_FILES,
  KNOBS,
  knobPath,
  NETDEVSIM_BUS,
  NETDEVSIM_DEL,
  NETDEVSIM_NEW,
  NETDEVSIM_STEADY,
} from './netdevsim.ts';
import type { Reporter } from './reporter.ts';

export interface DevlinkOptions {
  /** Number of the family. */
  readonly number?: number;
  /** Number of the multicast group. */
  readonly group?: number;
  /** Indices of instances as they were seen, by the number of the device; without them the next one. */
  readonly indices?: ReadonlyMap<number, readonly number[]>;
  readonly faults?: readonly DevlinkFault[];
}

/** What a kernel gives is not known before. */
const [FAMILY, GROUP] = [0x15, 5];
/** DEVLINK_INDEX_BUS_NAME (include/uapi/linux/devlink.h). */
const BY_INDEX = 'devlink_index';
const ENTRY_MOST = 255;
/** The longest value that fits behind the headers and its type (net/devlink/health.c:770 has 8 bytes more). */
const VALUE_FITS = 3740;
/** Longer than any value but the binary one. */
const VALUE_WHOLE = 100;
const DRIVER_REINIT = 1n;

export class Devlink implements FamilyModel {
  readonly description = netlinkFamilies().get('devlink')!;
  readonly number: number;
  readonly groups: ReadonlyMap<string, number>;
  readonly instances = new Map<number, Instance>();
  private readonly options: DevlinkOptions;
  private readonly faults: ReadonlySet<DevlinkFault>;
  private readonly made = new Map<number, number>();
  private readonly filters = new WeakMap<object, ReadonlyMap<string, bigint | string>>();
  private nextIndex = 0;
  /** Of a fault: gone and still listed. */
  private readonly ghosts: Instance[] = [];
  private notify: Notify = () => {};

  constructor(options: DevlinkOptions = {}) {
    this.options = options;
    this.number = options.number ?? FAMILY;
    this.groups = new Map([['config', options.group ?? GROUP]]);
    this.faults = new Set(options.faults);
    for (const id of NETDEVSIM_STEADY) this.make(id);
  }

  attach(notify: Notify): void {
    this.notify = notify;
  }

  private make(id: number): void {
    const nth = this.made.get(id) ?? 0;
    this.made.set(id, nth + 1);
    const index = this.options.indices?.get(id)?.[nth] ?? this.nextIndex;
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    const tell = (operation: string, fields: Fields) =>
      this.notify(
        operation,
        fields,
        socket => this.faults.has('filter-ignored') || this.passes(socket, fields),
      );
    const instance = new Instance(id, index, this.faults, tell);
    this.instances.set(id, instance);
    if (!this.faults.has('new-untold')) tell('new', instance.fields());
  }

  private passes(socket: object, fields: Fields): boolean {
    const filter = this.filters.get(socket);
    return [...(filter ?? [])].every(([name, value]) =>
      fields.every(([own, is]) => own !== name || is === value),
    );
  }

  /** What is written into a file of the driver; undefined for another file. */
  written(path: string, text: string): { readonly errno?: string } | undefined {
    const words = /^\s*(\d+)(?:\s+\d+){0,2}\s*$/.exec(text);
    if (path === NETDEVSIM_NEW || path === NETDEVSIM_DEL) {
      if (!words) return { errno: 'EINVAL' };
      const id = Number(words[1]);
      if (path === NETDEVSIM_DEL) return this.remove(id) ? {} : { errno: 'ENOENT' };
      if (this.instances.has(id)) return { errno: 'EEXIST' };
      this.make(id);
      return {};
    }
    for (const instance of this.instances.values()) {
      if (path === knobPath(instance.id, 'health/break_health')) return this.break(instance, text);
      const knob = Object.keys(KNOBS).find(each => path === knobPath(instance.id, each));
      if (knob === undefined) continue;
      if (knob.startsWith('health/') && instance.reporters.length === 0) return { errno: 'ENOENT' };
      instance.knobs.set(knob, KNOBS[knob]!.bool ? Number(/^[1yY]/.test(text)) : Number.parseInt(text, 10));
      return {};
    }
    return path.startsWith(knobPath(0, '').replace(/netdevsim0\/$/, '')) ? { errno: 'ENOENT' } : undefined;
  }

  private remove(id: number): boolean {
    const instance = this.instances.get(id);
    if (!instance) return false;
    this.instances.delete(id);
    if (this.faults.has('gone-is-listed')) this.ghosts.push(instance);
    if (!this.faults.has('del-untold')) {
      const fields = instance.fields();
      this.notify('del', fields, socket => this.passes(socket, fields));
    }
    return true;
  }

  private break(instance: Instance, text: string): { readonly errno?: string } {
    const reporter = instance.reporter('dummy');
    if (!reporter) return { errno: 'ENOENT' };
    if (text.length === 0) return { errno: 'EINVAL' };
    if (this.faults.has('error-other-instance'))
      for (const other of this.instances.values())
        if (other !== instance) other.reporter('dummy')?.report(text);
    const errno = reporter.report(text.replace(/\n$/, ''));
    return errno === undefined ? {} : { errno };
  }

  private instanceOf({ values }: Request): Instance | undefined {
    const all = [...this.instances.values()];
    const [bus, name] = [values.get('bus-name'), values.get('dev-name')];
    const number =
      values.get('index') ??
      (bus === BY_INDEX && /^\d+$/.test(String(name)) ? BigInt(String(name)) : undefined);
    if (number !== undefined) return all.find(({ index }) => BigInt(index) === number);
    return all.find(({ id }) => bus === NETDEVSIM_BUS && name === deviceName(id));
  }

  private reporterOf(request: Request): Reporter | undefined {
    return this.instanceOf(request)?.reporter(String(request.values.get('health-reporter-name')));
  }

  situation(request: Request): Situation {
    const { values } = request;
    const instance = this.instanceOf(request);
    const reporter = this.reporterOf(request);
    const limits = values.get('reload-limits');
    const selected = typeof limits === 'bigint' ? limits : 0n;
    const conditions: Readonly<Record<string, () => boolean | string | { errno: string; message: boolean }>> =
      {
        'component-unknown': () =>
          values.get('flash-update-component') !== COMPONENT.name && !this.faults.has('component-any'),
        'file-not-found': () => this.file(values) === 'ENOENT',
        'file-refused': () => this.file(values) ?? false,
        'update-fails': () => (this.masked(instance, values) ? 'EOPNOTSUPP' : false),
        'action-unsupported': () => (values.get('reload-action') ?? DRIVER_REINIT) !== DRIVER_REINIT,
        'limits-several': () => (selected & (selected - 1n)) !== 0n,
        // It declares none.
        'limit-unsupported': () => true,
        'netns-unknown': () => true,
        'netns-other-action': () => false,
        'down-fails': () =>
          instance && instance.knob('dont_allow_reload') !== 0
            ? { errno: 'EOPNOTSUPP', message: true }
            : false,
        'up-fails': () =>
          instance && instance.knob('fail_reload') !== 0 ? { errno: 'EINVAL', message: true } : false,
        'recover-fails': () =>
          instance && instance.knob('health/fail_recover') !== 0 ? { errno: 'EINVAL', message: true } : false,
      };
    return {
      exists: object => (object === 'instance' ? instance !== undefined : reporter !== undefined),
      offers: what =>
        what === 'recover of the reporter'
          ? (reporter?.recovers ?? false)
          : !['test of the reporter', 'selftest_check', 'selftest_run'].includes(what),
      named: name => conditions[name]?.() ?? false,
      property: (object, property) => {
        if (object !== 'reporter' || !reporter) return undefined;
        if (property === 'state') return BigInt(reporter.state);
        // Of the same request, which may set it, is what counts.
        const asked = values.get('health-reporter-graceful-period');
        const grace = typeof asked === 'bigint' ? asked : reporter.grace;
        return this.faults.has('burst-without-grace') ? 1n : grace;
      },
    };
  }

  /** Why the firmware loader gives no file. */
  private file(values: Request['values']): string | undefined {
    const name = String(values.get('flash-update-file-name') ?? '');
    if (name === '' || name.split('/').includes('..')) return 'EINVAL';
    const known = FIRMWARE_FILES.find(([file]) => file === name);
    if (known) return known[1] === 0 && !this.faults.has('empty-file-accepted') ? 'EINVAL' : undefined;
    if (FIRMWARE_FILES.some(([file]) => file.startsWith(`${name}/`))) return 'EINVAL';
    if (name.split('/').some(part => part.length > ENTRY_MOST)) return 'ENAMETOOLONG';
    return this.faults.has('missing-file-accepted') ? undefined : 'ENOENT';
  }

  private masked(instance: Instance | undefined, values: Request['values']): boolean {
    const mask = values.get('flash-update-overwrite-mask');
    if (typeof mask !== 'bigint' || this.faults.has('mask-ignored')) return false;
    return (mask & ~BigInt(instance?.knob('fw_update_overwrite_mask') ?? 0)) !== 0n;
  }

  refused(request: Request, check: string): void {
    const instance = this.instanceOf(request);
    if (!instance) return;
    const component = request.values.get('flash-update-component');
    if (request.operation === 'flash-update' && this.faults.has('begin-before-checks'))
      this.notify('flash-update-ntf', instance.handle);
    if (check === 'update') instance.flash(component === undefined ? undefined : String(component), false);
    if (check === 'down' || check === 'up') instance.reload();
    if (check === 'recover') this.reporterOf(request)?.recover(undefined);
    // What was set before the check stays.
    if (check === 'burst-without-grace') this.set(this.reporterOf(request)!, request, ['graceful-period']);
  }

  private set(reporter: Reporter, { values }: Request, names: readonly string[]): void {
    const all = this.faults.has('settings-shared')
      ? [...this.instances.values()].flatMap(({ reporters }) =>
          reporters.filter(({ name }) => name === reporter.name),
        )
      : [reporter];
    for (const name of names) {
      const value = values.get(`health-reporter-${name}`);
      if (typeof value !== 'bigint') continue;
      for (const each of all) {
        if (name === 'graceful-period') each.grace = value;
        if (name === 'graceful-period' && value === 0n) each.burst = 0n;
        if (name === 'burst-period') each.burst = value;
        if (name === 'auto-recover') each.autoRecover = value !== 0n;
        if (name === 'auto-dump') each.autoDump = value !== 0n;
      }
    }
  }

  act(request: Request): ReturnType<FamilyModel['act']> {
    const { operation, values } = request;
    if (operation === 'notify-filter-set') {
      const wanted = [...values].filter(([name]) => name !== 'port-index');
      if (values.size === 0) this.filters.delete(request.socket);
      else this.filters.set(request.socket, new Map(wanted));
      return undefined;
    }
    const instance = this.instanceOf(request)!;
    const reporter = this.reporterOf(request);
    switch (operation) {
      case 'get':
        return instance.fields();
      case 'info-get':
        return instance.info();
      case 'reload':
        instance.reload();
        if (!values.has('reload-action') && !values.has('reload-limits')) return undefined;
        return [...instance.handle, ['reload-actions-performed', { value: 2, selector: 2 }]];
      case 'flash-update': {
        const component = values.get('flash-update-component');
        instance.flash(component === undefined ? undefined : String(component), true);
        return undefined;
      }
      case 'health-reporter-get':
        return instance.reporterFields(reporter!);
      case 'health-reporter-set':
        this.set(reporter!, request, ['graceful-period', 'burst-period', 'auto-recover', 'auto-dump']);
        return undefined;
      case 'health-reporter-recover':
        reporter!.recover(undefined);
        return undefined;
      case 'health-reporter-diagnose':
        return this.told(instance.diagnose(reporter!.name), instance.knob('health/binary_len'));
      case 'health-reporter-dump-clear':
        if (!this.faults.has('clear-ignored')) reporter!.kept = undefined;
        return undefined;
      default:
        return undefined;
    }
  }

  /** What diagnose answers; a kernel breaks off where a value does not fit into a part of its own. */
  private told(message: Fields, longest: number): { many: readonly Fields[]; errno?: string } {
    const at = message.findIndex(([, value]) => value instanceof Uint8Array && value.length > VALUE_WHOLE);
    const fails = this.faults.has('long-values-fail') && longest > VALUE_FITS && at >= 0;
    return fails
      ? { many: this.pieces(message.slice(0, at)), errno: 'EMSGSIZE' }
      : { many: this.pieces(message) };
  }

  /** A message in as many parts as it takes. */
  private pieces(message: Fields): Fields[] {
    const split = this.faults.has('message-split');
    return splitMessage(message, split).map((part): Fields => [['fmsg', part]]);
  }

  *dump(request: Request): Dump {
    const { operation, values } = request;
    const asked = this.instanceOf(request);
    if (operation === 'health-reporter-dump-get') {
      const reporter = this.reporterOf(request)!;
      reporter.take(undefined);
      yield* this.pieces(reporter.kept!);
      if (this.faults.has('dump-consumed')) reporter.kept = undefined;
      return undefined;
    }
    const all = [...this.instances.values(), ...this.ghosts].sort((a, b) => a.index - b.index);
    for (const instance of asked && operation === 'health-reporter-get' ? [asked] : all) {
      if (operation === 'get') {
        const fields = instance.fields();
        // All of them with the index of the first.
        yield this.faults.has('one-index-for-two')
          ? fields.map(each => (each[0] === 'index' ? (['index', BigInt(all[0]!.index)] as const) : each))
          : fields;
      }
      if (operation === 'info-get') yield instance.info();
      if (operation === 'health-reporter-get' && !values.has('port-index'))
        for (const reporter of instance.reporters) yield instance.reporterFields(reporter);
    }
    return undefined;
  }
}
