/**
 * `npm run test:examples`: the example programs of the bindings, unchanged, on the stock ethosu driver of a stock kernel in
 * a virtual machine whose NPU the kit plays. The one in C is compiled for the machine, the one in TypeScript runs under
 * Node.js there. Needs QEMU, the cross compiler and npm's registry.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainError } from '../cli/validate.ts';
import { packageRoot } from '../cli/version.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { guestNode, treeOf } from './guest-node.ts';
import { guestProgram } from './guest-program.ts';
import { runInGuest, type Said } from './run-in-guest.ts';
import { check, closeTally } from './tally.ts';

const TARGET = 'qemu:ethosu';
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

/** What is wrong with what a program said; undefined when nothing is. */
function wrong({ lines, status }: Said, refusal: RegExp): string | undefined {
  const expected = [...LINES, refusal];
  const at = expected.findIndex((pattern, index) => !pattern.test(lines[index] ?? ''));
  if (at >= 0) return `line ${at + 1} is ${JSON.stringify(lines[at] ?? '')}, expected ${expected[at]}`;
  if (lines.length > expected.length) return `says more: ${JSON.stringify(lines[expected.length])}`;
  return status === 0 ? undefined : `ended with status ${status}`;
}

const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-examples-'));
try {
  const dist = join(packageRoot(), 'dist/conformance/bindings/examples');
  const app = treeOf(dist, 'app', path => path.endsWith('.js'));
  const type: GuestFile = { name: 'app/package.json', data: new TextEncoder().encode('{"type":"module"}') };
  const program = guestProgram('conformance/bindings/examples/ethosu.c', folder, 'c11');
  const files = [program, ...guestNode().files, ...app, type];
  const commands = PROGRAMS.map(({ command }) => command);
  const { said, console: tail } = await runInGuest(TARGET, commands, files, folder);
  for (const { name, command, refusal } of PROGRAMS) {
    const found = said.find(each => each.command === command);
    const why = found ? wrong(found, refusal) : `it did not run: ${tail.slice(-5).join(' | ')}`;
    check(`the example in ${name} on ${TARGET}`, why === undefined, why ?? found!.lines.join('; '));
  }
} catch (error) {
  check(TARGET, false, explainError(error)?.sentence ?? (error as Error).stack ?? String(error));
} finally {
  rmSync(folder, { recursive: true });
}
closeTally();
