/**
 * Programs recorded in virtual machines with stock kernels and replayed there: the examples of the bindings on ethosu,
 * Debian's drm_info on the render node of vgem. Needs QEMU, the cross compiler, npm's registry and a Debian mirror.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AbiName, catalogue } from '../../schemas/index.ts';
import { packageRoot } from '../cli/version.ts';
import { readEvents } from '../record/events.ts';
import { recorderTable } from '../record/table.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { guestNode, treeOf } from './guest-node.ts';
import { guestProgram } from './guest-program.ts';
import { runInGuest } from './run-in-guest.ts';
import { check } from './tally.ts';
import { compilerOf } from './toolchains.ts';

type Kit = (...words: string[]) => {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
};

interface Recorded {
  readonly name: string;
  readonly command: string;
  readonly said: RegExp;
  readonly calls: number;
}

/** A line of the kernel's may stand in the middle of what is printed; it does so once. */
const SHOWN = 3;

function compiled(abi: AbiName, sources: readonly string[], name: string, folder: string): GuestFile {
  const path = join(folder, `${name}-${abi}`);
  execFileSync(compilerOf(abi), ['-O2', '-static', '-std=gnu11', '-Wall', '-Werror', '-o', path, ...sources]);
  return { name: `bin/${name}`, data: readFileSync(path), executable: true };
}

function recorderFiles(driver: string, abi: AbiName, folder: string): GuestFile[] {
  const sources = join(packageRoot(), 'conformance/recorder');
  const c = readdirSync(sources).filter(name => name.endsWith('.c'));
  const show = join(packageRoot(), 'conformance/bindings/testing/show-file.c');
  const { text } = recorderTable(catalogue().drivers.get(driver)!, abi);
  return [
    compiled(
      abi,
      c.map(name => join(sources, name)),
      'recorder',
      folder,
    ),
    compiled(abi, [show], 'show', folder),
    { name: 'table', data: new TextEncoder().encode(text) },
  ];
}

async function recordedThere(
  driver: string,
  abi: AbiName,
  programs: readonly Recorded[],
  files: readonly GuestFile[],
  folder: string,
  kit: Kit,
): Promise<void> {
  const target = `qemu:${driver}`;
  const shows = (at: number) => Array.from({ length: SHOWN }, () => `/bin/show /events-${at}`);
  const commands = programs.flatMap(({ command }, at) => [
    `/bin/recorder /events-${at} /table ${command}`,
    ...shows(at),
  ]);
  const all = [...recorderFiles(driver, abi, folder), ...files];
  const { said, console: tail } = await runInGuest(target, commands, all, folder);
  for (const [at, { name, said: wanted, calls }] of programs.entries()) {
    const ran = said.find(({ command }) => command === commands[at * (SHOWN + 1)]);
    const lines = ran?.lines.join('\n') ?? `it did not run: ${tail.slice(-5).join(' | ')}`;
    check(
      `${name} on ${target} does under record what it does`,
      ran?.status === 0 && wanted.test(lines),
      lines,
    );
    const events = said
      .filter(({ command }) => command === `/bin/show /events-${at}`)
      .map(shown => `${shown.lines.join('\n').replaceAll('\\\n', '')}\n`)
      .find(isWhole);
    if (events === undefined) {
      check(
        `${name} on ${target} is recorded`,
        false,
        `no whole recording came over the console: ${tail.slice(-3).join(' | ')}`,
      );
      continue;
    }
    const [from, trace] = [join(folder, `${driver}-${at}.events`), join(folder, `${driver}-${at}.json`)];
    writeFileSync(from, events);
    const made = kit('record', '--driver', driver, '--events', from, '--out', trace);
    const found = Number(/^(\d+) calls/.exec(made.out)?.[1]);
    check(`${name} on ${target} is recorded`, made.status === 0 && found >= calls, made.out + made.err);
    const again = kit('replay', trace, target, '--runs', '1');
    check(`${name} replays on ${target}`, /^SAME/.test(again.out), again.out.trim() || again.err);
  }
}

function isWhole(text: string): boolean {
  try {
    return readEvents('the console', text).whole;
  } catch {
    return false;
  }
}

/** Debian's drm_info with its libraries, as apt has them for this machine. */
function drmInfo(folder: string): GuestFile[] {
  const packages = ['drm-info', 'libdrm2', 'libpci3', 'libjson-c5', 'libudev1', 'libcap2', 'zlib1g', 'libc6'];
  const place = join(folder, 'debian');
  mkdirSync(place);
  execFileSync('apt-get', ['download', ...packages], { cwd: place, stdio: 'ignore' });
  for (const name of readdirSync(place).filter(each => each.endsWith('.deb')))
    execFileSync('dpkg-deb', ['-x', join(place, name), join(place, 'root')]);
  const wanted = /^lib(c|drm|pci|json-c|udev|cap|z)\.so\.\d+$/;
  const file = (name: string, path: string): GuestFile => ({
    name,
    data: readFileSync(path),
    executable: true,
  });
  // Packages that are older than the merge of /lib into /usr/lib have the other folder.
  const folders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map(name => join(place, 'root', name));
  const libraries = folders
    .filter(existsSync)
    .flatMap(each => readdirSync(each).map(name => ({ name, path: join(each, name) })));
  const loader = libraries.find(({ name }) => name === 'ld-linux-x86-64.so.2');
  if (!loader) throw new Error('libc6 has no loader');
  return [
    file('bin/drm_info', join(place, 'root/usr/bin/drm_info')),
    file('lib64/ld-linux-x86-64.so.2', loader.path),
    ...libraries
      .filter(({ name }) => wanted.test(name))
      .map(({ name, path }) => file(`lib/x86_64-linux-gnu/${name}`, path)),
  ];
}

export async function recordInGuests(folder: string, kit: Kit): Promise<void> {
  const app = treeOf(join(packageRoot(), 'dist/conformance/bindings/examples'), 'app', path =>
    path.endsWith('.js'),
  );
  const type: GuestFile = { name: 'app/package.json', data: new TextEncoder().encode('{"type":"module"}') };
  const c = guestProgram('conformance/bindings/examples/ethosu.c', folder, 'c11');
  const said = /job done[\s\S]*imported, the memory is the same\nrefused/;
  await recordedThere(
    'ethosu',
    'aarch64',
    [
      { name: 'the example in C', command: '/bin/ethosu', said, calls: 20 },
      { name: 'the example in TypeScript', command: '/bin/node /app/ethosu.js', said, calls: 20 },
    ],
    [c, ...guestNode().files, ...app, type],
    folder,
    kit,
  );
  if (process.arch !== 'x64') return;
  await recordedThere(
    'vgem',
    'x86_64',
    [
      {
        name: 'drm_info of Debian',
        command: '/bin/drm_info /dev/dri/renderD128',
        said: /drmModeGetResources/,
        calls: 15,
      },
    ],
    drmInfo(folder),
    folder,
    kit,
  );
}
