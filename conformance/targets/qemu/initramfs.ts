import { type CpioEntry, cpio } from './cpio.ts';

export interface InitramfsContents {
  /** A static executable; the kernel runs it as process 1. */
  readonly init: Uint8Array;
  /** Plain `.ko` files in the order in which init loads them. */
  readonly modules: readonly {
    readonly name: string;
    readonly data: Uint8Array;
    /** As a command line has them: `fault=leak`. */
    readonly parameters?: string;
  }[];
  /** A static executable that init runs instead of serving a link. */
  readonly run?: Uint8Array;
  /** What that program needs. */
  readonly files?: readonly GuestFile[];
}

/** A file of the guest; the folders above it are made. */
export interface GuestFile {
  /** Path without a leading slash. */
  readonly name: string;
  readonly data: Uint8Array;
  readonly executable?: boolean;
}

/** File that lists the modules, one absolute path a line with the module's parameters, in order. */
export const MODULES_LIST = 'modules.list';

const MOUNT_POINTS = ['dev', 'proc', 'sys', 'tmp'];
const CONSOLE = { major: 5, minor: 1 };

/** `a/b/c` has `a` and `a/b`. */
function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/**
 * The guest's whole file system. It is not compressed: the guest would need longer to unpack it in emulation than
 * QEMU needs to copy 3 MB.
 */
export function makeInitramfs({ init, modules, run, files: more = [] }: InitramfsContents): Uint8Array {
  const names = [...MOUNT_POINTS, 'modules', ...more.flatMap(({ name }) => foldersAbove(name))];
  const directories = [...new Set(names)].map((name): CpioEntry => ({ type: 'directory', name }));
  const files = modules.map(
    ({ name, data }): CpioEntry => ({ type: 'file', name: `modules/${name}.ko`, data }),
  );
  const list = modules
    .map(({ name, parameters }) => `/modules/${name}.ko${parameters === undefined ? '' : ` ${parameters}`}\n`)
    .join('');
  return cpio([
    ...directories,
    // Process 1 gets its standard output from here, before anything is mounted.
    { type: 'character device', name: 'dev/console', ...CONSOLE },
    ...files,
    { type: 'file', name: MODULES_LIST, data: new TextEncoder().encode(list) },
    { type: 'file', name: 'init', permissions: 0o755, data: init },
    ...(run ? [{ type: 'file', name: 'run', permissions: 0o755, data: run } as const] : []),
    ...more.map(
      ({ name, data, executable }): CpioEntry => ({
        type: 'file',
        name,
        data,
        ...(executable ? { permissions: 0o755 } : {}),
      }),
    ),
  ]);
}
