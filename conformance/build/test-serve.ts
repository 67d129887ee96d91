/**
 * `npm run test:serve`: a virtual machine with the module cuse of a stock kernel, in which the kit serves the reference of
 * ethosu and a C program finds and uses it. Needs QEMU, the cross compiler and npm's registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue, cHeaders } from '../../schemas/index.ts';
import { explainError } from '../cli/validate.ts';
import { packageRoot } from '../cli/version.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { GuestNodeError, guestNode, treeOf } from './guest-node.ts';
import { runInGuest } from './run-in-guest.ts';

const TARGET = 'qemu:cuse';
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
  const wanted = (path: string) => path.endsWith('.js') && !/\.test[.-]/.test(path);
  const own = ['schemas', 'spec', 'reference', 'conformance'].flatMap(folder =>
    treeOf(join(root, 'dist', folder), join('app/dist', folder), wanted),
  );
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

function client(folder: string): GuestFile {
  for (const [name, text] of cHeaders(catalogue(), [catalogue().drivers.get('ethosu')!]))
    writeFileSync(join(folder, name), text);
  const path = join(folder, 'client');
  const source = join(packageRoot(), 'conformance/cuse/testing/client.c');
  const words = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-static', '-I', folder, '-o', path, source];
  execFileSync('aarch64-linux-gnu-gcc', words);
  return { name: 'bin/client', data: readFileSync(path), executable: true };
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { console: { type: 'boolean', default: false } } });
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-serve-'));
  let failed = 0;
  let passed = 0;
  const check = (good: boolean, what: string) => {
    if (good) passed += 1;
    else failed += 1;
    console.log(`${good ? 'ok    ' : 'FAILED'} ${what}`);
  };
  try {
    const commands = [
      '& /bin/node /app/dist/conformance/cli/main.js serve ethosu',
      'wait /dev/accel/accel0',
      CLIENT,
    ];
    const files = [client(folder), ...guestNode().files, ...kit()];
    const { said, console: tail } = await runInGuest(TARGET, commands, files, folder);
    if (values.console) for (const line of tail) console.log(line);
    const found = said.find(({ command }) => command === CLIENT);
    const own = found?.lines.filter(line => !line.startsWith('accel-uapi serve:')) ?? [];
    for (const [at, line] of EXPECTED.entries())
      check(own[at] === line, own[at] === line ? line : `${line}: it says ${JSON.stringify(own[at] ?? '')}`);
    for (const text of TOLD)
      check(
        tail.some(line => line.includes(text)),
        `told: ${text}`,
      );
    check(found?.status === 0, `the program ends with ${found?.status ?? 'the machine'}`);
    console.log(own.at(-1)?.endsWith('calls a second') ? `  ${own.at(-1)} of the emulated machine` : '');
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const sentence = error instanceof GuestNodeError ? error.message : explainError(error)?.sentence;
  if (sentence === undefined) throw error;
  console.error(sentence);
  process.exitCode = 1;
}
