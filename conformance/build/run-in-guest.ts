/** Programs with their files in a virtual machine, one after the other, and what each said. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import { type AloneOptions, type GuestFile, runAlone } from '../targets/qemu/index.ts';

const SOURCE = join(packageRoot(), 'conformance/bindings/testing/run-list.c');

export interface Said {
  readonly command: string;
  /** Lines of standard output and error, without those of the kernel. */
  readonly lines: readonly string[];
  /** The exit status, or 128 and the number of a signal; undefined when the machine ended first. */
  readonly status?: number;
}

/** Several programs, one of which may be Node.js on an emulated processor, while the host does other work. */
const LIMIT_MS = 600_000;

/** A line of the kernel's on the console begins with its time. */
const KERNEL = /^\[ *\d+\.\d+\]/;

export function toldBy(console: readonly string[]): Said[] {
  const all: { command: string; lines: string[]; status?: number }[] = [];
  for (const line of console) {
    const begin = /^== begin (.*)$/.exec(line)?.[1];
    const end = /^== end (\d+)$/.exec(line)?.[1];
    const last = all.at(-1);
    if (begin !== undefined) all.push({ command: begin, lines: [] });
    else if (last && end !== undefined) last.status = Number(end);
    else if (last && last.status === undefined && !KERNEL.test(line)) last.lines.push(line);
  }
  return all;
}

/** Boots `target` and runs the commands in it; `folder` is for what is compiled. */
export async function runInGuest(
  target: string,
  commands: readonly string[],
  files: readonly GuestFile[],
  folder: string,
  options: Omit<AloneOptions, 'files'> = {},
): Promise<{ readonly said: Said[]; readonly console: readonly string[] }> {
  const list = new TextEncoder().encode(`${commands.join('\n')}\n`);
  const make = async (compiler: string) => {
    const path = join(folder, 'run-list');
    execFileSync(compiler, ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', path, SOURCE]);
    return path;
  };
  const all = [{ name: 'programs.list', data: list }, ...files];
  const console = await runAlone(target, make, { limitMs: LIMIT_MS, ...options, files: all });
  return { said: toldBy(console), console };
}
