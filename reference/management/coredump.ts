/**
 * The device coredump of the last failure: a file that stays until something is written to it, or its time is over
 * (include/linux/devcoredump.h:15).
 */
import type { FileTree } from '../machine/file-tree.ts';
import type { HealthFault } from './health-faults.ts';

const CLASS = '/sys/class/devcoredump';
const DATA = new RegExp(`^${CLASS}/devcd(\\d+)/data$`);

export class Coredumps {
  private readonly files: FileTree;
  private readonly parent: string;
  private readonly faults: ReadonlySet<HealthFault>;
  private taken = 0;
  private kept: number | undefined;

  /** @param parent where the device is in sysfs */
  constructor(files: FileTree, parent: string, faults: ReadonlySet<HealthFault>) {
    this.files = files;
    this.parent = parent;
    this.faults = faults;
    files.add(CLASS, { kind: 'directory' });
  }

  private folder(number: number): string {
    return `${CLASS}/devcd${number}`;
  }

  /** The device failed; one that is kept stays. */
  take(text: string): void {
    const { faults, files } = this;
    if (faults.has('coredump-missing')) return;
    if (this.kept !== undefined) {
      if (!faults.has('coredump-replaced')) return;
      this.drop();
    }
    this.taken += 1;
    this.kept = this.taken;
    const folder = this.folder(this.taken);
    files.add(`${folder}/data`, { kind: 'text', content: text });
    files.add(`${folder}/failing_device`, { kind: 'link', target: this.parent });
  }

  /** What is written into the file of a dump takes it away; undefined for any other file. */
  written(path: string): boolean {
    const number = DATA.exec(path)?.[1];
    if (number === undefined || this.kept !== Number(number)) return false;
    if (!this.faults.has('coredump-stays')) this.drop();
    return true;
  }

  /** The device works again. */
  recovered(): void {
    const { faults, files, kept } = this;
    if (faults.has('coredump-of-good')) this.take('all is well');
    if (kept !== undefined && faults.has('coredump-changes'))
      files.add(`${this.folder(kept)}/data`, { kind: 'text', content: 'recovered' });
  }

  private drop(): void {
    if (this.kept !== undefined) this.files.remove(this.folder(this.kept));
    this.kept = undefined;
  }
}
