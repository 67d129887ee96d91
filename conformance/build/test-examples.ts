/**
 * `npm run test:examples`: the example programs of the bindings, unchanged, on the stock ethosu driver of a stock kernel in
 * a virtual machine whose NPU the kit plays. The one in C is compiled for the machine, the one in TypeScript runs under
 * Node.js there. Needs QEMU, the cross compiler and npm's registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue, cHeaders } from '../../schemas/index.ts';
import { explainError } from '../cli/validate.ts';
import { packageRoot } from '../cli/version.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { GuestNodeError, guestNode, treeOf } from './guest-node.ts';
import { runInGuest, type Said } from './run-in-guest.ts';

const TARGET = 'qemu:ethosu';
const STRICT = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
/** The machine's NPU is played by its memory: it ends the job and moves nothing. */
const LINES = [
  /^NPU 0x[0-9a-f]{8}$/,
  /^buffers of 4096 bytes$/,
  /^job done, the result is not there$/,
  /^imported, the memory is the same$/,
];
const PROGRAMS = [
  {
    name: 'C',
    command: '/bin/ethosu',
    refusal: /^refused: DRM_IOCTL_ETHOSU_BO_CREATE: Invalid argument: size-zero /,
  },
  {
    name: 'TypeScript',
    command: '/bin/node /app/ethosu.js',
    refusal: /^refused: DRM_IOCTL_ETHOSU_BO_CREATE: EINVAL: size-zero \(size is 0\)$/,
  },
];

function exampleInC(folder: string): GuestFile {
  for (const [name, text] of cHeaders(catalogue(), [catalogue().drivers.get('ethosu')!]))
    writeFileSync(join(folder, name), text);
  const path = join(folder, 'ethosu');
  const source = join(packageRoot(), 'conformance/bindings/examples/ethosu.c');
  execFileSync('aarch64-linux-gnu-gcc', [...STRICT, '-static', '-I', folder, '-o', path, source]);
  return { name: 'bin/ethosu', data: readFileSync(path), executable: true };
}

/** What is wrong with what a program said; undefined when nothing is. */
function wrong({ lines, status }: Said, refusal: RegExp): string | undefined {
  const expected = [...LINES, refusal];
  const at = expected.findIndex((pattern, index) => !pattern.test(lines[index] ?? ''));
  if (at >= 0) return `line ${at + 1} is ${JSON.stringify(lines[at] ?? '')}, expected ${expected[at]}`;
  if (lines.length > expected.length) return `says more: ${JSON.stringify(lines[expected.length])}`;
  return status === 0 ? undefined : `ended with status ${status}`;
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-examples-'));
  let failed = 0;
  try {
    const dist = join(packageRoot(), 'dist/conformance/bindings/examples');
    const app = treeOf(dist, 'app', path => path.endsWith('.js'));
    const type: GuestFile = { name: 'app/package.json', data: new TextEncoder().encode('{"type":"module"}') };
    const files = [exampleInC(folder), ...guestNode().files, ...app, type];
    const commands = PROGRAMS.map(({ command }) => command);
    const { said, console: tail } = await runInGuest(TARGET, commands, files, folder);
    for (const { name, command, refusal } of PROGRAMS) {
      const found = said.find(each => each.command === command);
      const why = found ? wrong(found, refusal) : `it did not run: ${tail.slice(-5).join(' | ')}`;
      console.log(`${why ? 'FAILED' : 'ok    '} the example in ${name} on ${TARGET}${why ? `: ${why}` : ''}`);
      if (why) failed += 1;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(`${PROGRAMS.length - failed} passed, ${failed} failed`);
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
