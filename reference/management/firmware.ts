/**
 * The firmware that a device keeps: components with the versions that run and that are stored, and how an update
 * changes them (Documentation/networking/devlink/devlink-flash.rst, devlink-info.rst; spec/chapters/20-firmware.md).
 */
import type { FirmwareFault } from './firmware-faults.ts';
import { IMAGE_ERRORS, type ParsedImage, parseImage } from './image.ts';

/** Names of Documentation/networking/devlink/devlink-info.rst. */
export const FIRMWARE_COMPONENTS = ['fw.app', 'fw.bootloader'] as const;
export const FIXED_VERSIONS = { 'board.id': 'REF-NPU', 'board.rev': 'A' } as const;
/** The parameter set: what an overwrite mask calls settings. */
export const SETTINGS = 'fw.psid';
export const FIRST_VERSION = '1.0.0';
/** DEVLINK_FLASH_OVERWRITE_SETTINGS, DEVLINK_FLASH_OVERWRITE_IDENTIFIERS */
export const OVERWRITE = { settings: 1n, identifiers: 2n } as const;
/** Bytes of a payload that are written at a time. */
const BLOCK = 16;

export interface FlashError {
  readonly errno: string;
  readonly text: string;
}

export interface FlashRequest {
  /** Content of the file. */
  readonly content: string;
  readonly component?: string;
  /** Bits of OVERWRITE. */
  readonly mask: bigint;
}

/** What is told while an update runs. */
export interface FlashWatch {
  begin(): void;
  status(text: string, done: number, total: number): void;
  end(): void;
  /** Between two blocks. */
  pause(): void;
}

interface Versions {
  running: string;
  stored: string;
}

const POWER_LOST: FlashError = { errno: 'EIO', text: 'the device lost its power' };

export class Firmware {
  readonly components = new Map<string, Versions>();
  settings: Versions = { running: 'factory', stored: 'factory' };
  serial = 'SN-0001';
  boardRevision: string = FIXED_VERSIONS['board.rev'];
  /** The next update loses the power of the device when so many bytes are written. */
  interruptAt: number | undefined;
  private updates = 0;
  private readonly faults: ReadonlySet<FirmwareFault>;

  constructor(faults: ReadonlySet<FirmwareFault>) {
    this.faults = faults;
    for (const name of FIRMWARE_COMPONENTS)
      this.components.set(name, { running: FIRST_VERSION, stored: FIRST_VERSION });
  }

  has(name: string): boolean {
    return this.components.has(name) || this.faults.has('accepts-unlisted');
  }

  /** How an update ends; undefined when it ends well. */
  outcome(request: FlashRequest): FlashError | undefined {
    const image = parseImage(request.content);
    const wrong = this.wrongImage(image, request);
    if (wrong && !this.faults.has('failed-is-stored')) return wrong;
    const { length } = image?.parts.payload ?? '';
    const cut = this.interruptAt !== undefined && this.interruptAt < length;
    return cut && !this.faults.has('interrupted-says-well') ? POWER_LOST : undefined;
  }

  private wrongImage(image: ParsedImage | undefined, { component }: FlashRequest): FlashError | undefined {
    const { faults } = this;
    if (!image) return faults.has('accepts-foreign') ? undefined : IMAGE_ERRORS.foreign;
    const told = image.errors.filter(
      error =>
        !(error === 'truncated' && faults.has('accepts-truncated')) &&
        !(error === 'digest' && (faults.has('accepts-bad-digest') || faults.has('accepts-truncated'))) &&
        !(error === 'seal' && faults.has('accepts-unsealed')),
    );
    if (told[0]) return IMAGE_ERRORS[told[0]];
    const { component: own } = image.parts;
    const other = component === undefined ? !this.components.has(own) : component !== own;
    return other && !faults.has('accepts-wrong-component') && !faults.has('component-ignored')
      ? IMAGE_ERRORS.component
      : undefined;
  }

  /** An update that has passed the checks of the core. */
  flash(request: FlashRequest, watch: FlashWatch): void {
    const { faults } = this;
    const error = this.outcome(request);
    const image = parseImage(request.content);
    const whole = image?.parts.payload.length ?? 0;
    const stops = Math.min(this.interruptAt ?? whole, whole);
    const written = this.wrongImage(image, request) ? 0 : stops;
    this.interruptAt = undefined;
    if (!faults.has('begin-untold')) watch.begin();
    if (faults.has('end-early')) watch.end();
    watch.status('checking', 0, 0);
    if (faults.has('erases-first')) this.erase(request, image);
    if (!error || error === POWER_LOST) this.write(written, whole, watch);
    const done = !error && written === whole;
    if (done) {
      this.store(request, image);
      watch.status('done', 0, 0);
    } else if (written < whole) this.cut(request, image);
    if (error && error !== POWER_LOST && faults.has('failed-is-stored')) this.store(request, image);
    const silent =
      faults.has('end-untold') || faults.has('end-early') || (faults.has('end-only-on-success') && error);
    if (!silent) watch.end();
    if (faults.has('end-twice')) watch.end();
  }

  private write(bytes: number, whole: number, watch: FlashWatch): void {
    const { faults } = this;
    if (faults.has('no-progress')) return;
    for (let done = 0; ; done = Math.min(done + BLOCK, whole)) {
      if (done > bytes) return;
      const back = faults.has('progress-back') && done > 2 * BLOCK && done < whole ? 2 * BLOCK : 0;
      const beyond = faults.has('progress-beyond') && done === whole ? 1 : 0;
      const total = faults.has('total-moves') && done > BLOCK ? whole + 1 : whole;
      watch.status('writing', faults.has('early-done') ? total : done - back + beyond, total);
      if (done === whole) return;
      if (faults.has('updates-mixed')) watch.pause();
    }
  }

  private targets({ component }: FlashRequest, image: ParsedImage | undefined): string[] {
    const own = image?.parts.component ?? component ?? FIRMWARE_COMPONENTS[0];
    if (this.faults.has('component-and-others')) return [...this.components.keys()];
    return [this.faults.has('component-ignored') ? FIRMWARE_COMPONENTS[0] : (component ?? own)];
  }

  private set(request: FlashRequest, image: ParsedImage | undefined, version: string): void {
    for (const name of this.targets(request, image)) {
      const versions = this.components.get(name);
      if (!versions) continue;
      versions.stored = version;
      if (this.faults.has('runs-at-once')) versions.running = version;
    }
  }

  private store(request: FlashRequest, image: ParsedImage | undefined): void {
    const { faults } = this;
    this.updates += 1;
    if (faults.has('second-lost') && this.updates > 1) return;
    this.set(request, image, image?.parts.version || 'unknown');
    if (faults.has('fixed-moves')) this.boardRevision = 'B';
    const both = faults.has('overwrites-both') && request.mask !== 0n;
    const overwrites = (bit: bigint) =>
      faults.has('overwrites-always') ||
      both ||
      ((request.mask & bit) !== 0n && !faults.has('overwrites-never'));
    if (image && overwrites(OVERWRITE.settings)) this.settings.stored = image.parts.settings;
    if (image && overwrites(OVERWRITE.identifiers)) this.serial = image.parts.identifiers;
  }

  /** What a careless device has after an update that did not come to its end. */
  private cut(request: FlashRequest, image: ParsedImage | undefined): void {
    const { faults } = this;
    if (faults.has('interrupted-half') || faults.has('interrupted-says-well'))
      this.set(request, image, 'damaged');
    if (faults.has('interrupted-runs'))
      for (const name of this.targets(request, image)) this.components.get(name)!.running = 'damaged';
  }

  private erase(request: FlashRequest, image: ParsedImage | undefined): void {
    this.set(request, image, 'erased');
  }

  /** What is stored runs: an activation, or the power that comes back. */
  activate(by: 'activation' | 'restart'): void {
    const { faults } = this;
    if (by === 'activation' && faults.has('activation-ignored')) return;
    if (by === 'restart' && faults.has('restart-keeps-old')) return;
    for (const versions of [...this.components.values(), this.settings]) {
      if (by === 'restart' && faults.has('restart-forgets')) versions.stored = versions.running;
      const before = versions.running;
      versions.running = versions.stored;
      if (by === 'activation' && faults.has('activation-forgets')) versions.stored = before;
    }
  }
}
