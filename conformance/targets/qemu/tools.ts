import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { QemuError, type QemuErrorKind } from './errors.ts';

/** The programs of this computer that the target calls, each with the Debian package that holds it. */
const packages = {
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-system-x86_64': 'qemu-system-x86',
  'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  'arm-linux-gnueabihf-gcc': 'gcc-arm-linux-gnueabihf libc6-dev-armhf-cross',
  'i686-linux-gnu-gcc': 'gcc-i686-linux-gnu libc6-dev-i386-cross',
  gcc: 'gcc libc6-dev',
  fdtget: 'device-tree-compiler',
  fdtput: 'device-tree-compiler',
  setpriv: 'util-linux',
  'apt-get': 'apt',
  'apt-cache': 'apt',
  dpkg: 'dpkg',
  xz: 'xz-utils',
  zstd: 'zstd',
} as const;

export type Tool = keyof typeof packages;

/** The Debian packages, with blanks between them, that hold a program. */
export const packageOf = (tool: Tool): string => packages[tool];

const kinds: Partial<Record<Tool, QemuErrorKind>> = {
  'qemu-system-aarch64': 'no-qemu',
  'qemu-system-x86_64': 'no-qemu',
  'aarch64-linux-gnu-gcc': 'no-compiler',
  'arm-linux-gnueabihf-gcc': 'no-compiler',
  'i686-linux-gnu-gcc': 'no-compiler',
  gcc: 'no-compiler',
};

/** Longest that a small helper (fdtput, xz, dpkg -x) may take; the largest unpacks 90 MB in 3 s. */
export const TOOL_TIMEOUT_MS = 120_000;

/** Output above this many bytes is taken for a runaway: `apt-cache show` of ten packages is 100 kB. */
const MAX_OUTPUT = 64 * 1024 * 1024;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Those of `tools` that no directory of `path` (as in the environment variable PATH) holds. */
export function missingTools(tools: readonly Tool[], path = process.env.PATH ?? ''): Tool[] {
  const directories = path.split(delimiter).filter(directory => directory !== '');
  return tools.filter(tool => !directories.some(directory => isProgram(join(directory, tool))));
}

/** Throws one sentence that names every missing program and the packages to install. */
export function requireTools(tools: readonly Tool[], purpose: string, path?: string): void {
  const missing = missingTools(tools, path);
  const first = missing[0];
  if (first === undefined) return;
  const install = [...new Set(missing.map(tool => packages[tool]))].join(' ');
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new QemuError(
    kinds[first] ?? 'no-tool',
    `${purpose} needs ${missing.join(', ')}, which ${verb} not in PATH: on Debian, apt-get install ${install}.`,
  );
}

/** A program that ended badly; `message` is one line: what was called and its last words. */
export class ToolFailure extends Error {}

export interface ToolOptions {
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ToolOutput {
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** apt ends a failed update with this; what went wrong stands in the warnings before it. */
const SUMMARY = /Some index files failed to download/;

/** The line that says what went wrong: apt's first error, else its first warning, else whatever came last. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '' && !SUMMARY.test(line));
  const of = (mark: string) => lines.find(line => line.startsWith(mark))?.slice(mark.length);
  return (of('E:') ?? of('W:') ?? lines.at(-1) ?? '').trim();
}

/** Runs a program without a shell and without terminal input; resolves when it ends with status 0. */
export function runTool(
  tool: Tool,
  args: readonly string[],
  { cwd, timeoutMs = TOOL_TIMEOUT_MS, env }: ToolOptions = {},
): Promise<ToolOutput> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_OUTPUT,
      encoding: 'buffer' as const,
      // Messages are quoted and searched, so they must not be translated.
      env: { ...process.env, LC_ALL: 'C', ...env },
    };
    const child = execFile(tool, [...args], options, (error, stdout, stderr) => {
      const words = stderr.toString('utf8');
      if (error === null) return resolve({ stdout, stderr: words });
      const why = error.killed ? `no end after ${timeoutMs / 1000} s` : lastWords(words) || error.message;
      reject(new ToolFailure(`${tool}: ${why}`));
    });
    child.stdin?.end();
  });
}
