/**
 * `npm run test:serve`: a virtual machine with the module cuse of a stock kernel, in which the kit serves the reference of
 * ethosu and a C program finds and uses it. Needs QEMU, the cross compiler and npm's registry.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { scriptArgs } from '../cli/script-args.ts';
import { explainError } from '../cli/validate.ts';
import { COMMAND, packageRoot } from '../cli/version.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { guestNode, treeOf } from './guest-node.ts';
import { guestProgram } from './guest-program.ts';
import { runInGuest } from './run-in-guest.ts';
import { check, closeTally } from './tally.ts';

const TARGET = 'qemu:cuse';
const SERVER = `& /bin/node /app/${COMMAND} serve ethosu`;
const CLIENT = '/bin/client';
/** What the program says, in order. */
const EXPECTED = [
  'node /dev/accel/accel0, 261:0',
  'query: done',
  'NPU 0x10006010',
  'command stream: done',
  'submit: done',
  'wait: done',
  'no bytes: Invalid argument',
  'export: Operation not supported',
  'import: Operation not supported',
  'offset: done',
  'map: No such device',
  'poll: 0',
  'handle of another client: No such file or directory',
  'a child with a client of its own: right',
];
const TOLD = [
  'DRM_IOCTL_PRIME_HANDLE_TO_FD cannot be carried by CUSE',
  'DRM_IOCTL_PRIME_FD_TO_HANDLE cannot be carried by CUSE',
];

/** The kit as it is installed: compiled, with what it imports. */
function kit(): GuestFile[] {
  const root = packageRoot();
  const bundle = dirname(COMMAND);
  const own = treeOf(join(root, bundle), join('app', bundle), path => path.endsWith('.js'));
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; peer?: boolean }>;
  };
  const needed = Object.entries(lock.packages).filter(
    ([name, { dev, optional, peer }]) => name && !dev && !optional && !peer,
  );
  const modules = needed.flatMap(([name]) =>
    treeOf(join(root, name), join('app', name), path => /(\.[cm]?js|package\.json)$/.test(path)),
  );
  const manifest = { name: 'app/package.json', data: readFileSync(join(root, 'package.json')) };
  return [...own, ...modules, manifest];
}

const { values } = scriptArgs({ options: { console: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-serve-'));
try {
  const commands = [SERVER, 'wait /dev/accel/accel0', CLIENT, 'stop', 'gone /dev/accel/accel0'];
  const program = guestProgram('conformance/cuse/testing/client.c', folder, 'gnu11');
  const files = [program, ...guestNode().files, ...kit()];
  const { said, console: tail } = await runInGuest(TARGET, commands, files, folder);
  if (values.console) for (const line of tail) console.log(line);
  const found = said.find(({ command }) => command === CLIENT);
  // The server speaks to the same console, and may be late with its first line.
  const servers = /^accel-uapi serve:| is served as \/dev\//;
  const own = found?.lines.filter(line => !servers.test(line)) ?? [];
  for (const [at, line] of EXPECTED.entries())
    check(
      `line ${at + 1}`,
      own[at] === line,
      own[at] === line ? line : `expected ${line}, got ${own[at] ?? 'nothing'}`,
    );
  for (const text of TOLD)
    check(
      'told',
      tail.some(line => line.includes(text)),
      text,
    );
  const speed = own[EXPECTED.length] ?? '';
  check('speed', /^\d+ calls a second$/.test(speed), `${speed || 'nothing'}, on the emulated machine`);
  check('the program', found?.status === 0, `it ends with ${found?.status ?? 'the machine'}`);
  for (const line of ['== stopped 0', '== gone /dev/accel/accel0']) {
    const there = tail.includes(line);
    const instead = `expected "${line}", the console ends with "${tail.slice(-4).join(' | ')}"`;
    check('Ctrl-C', there, there ? `${line.slice(3)}: the server ends, and the device with it` : instead);
  }
} catch (error) {
  check(TARGET, false, explainError(error)?.sentence ?? (error as Error).stack ?? String(error));
} finally {
  rmSync(folder, { recursive: true });
}
closeTally();
