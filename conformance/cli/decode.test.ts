/** decode as a user meets it: arguments, standard input, both outputs and the exit status. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../schemas/index.ts';
import { commandPath } from './version.ts';

const MAIN = commandPath();
const { FORCE_COLOR: _force, NO_COLOR: _no, ...PLAIN } = process.env;

function run(args: readonly string[], input = '') {
  return spawnSync(process.execPath, [MAIN, 'decode', ...args], { encoding: 'utf8', input, env: PLAIN });
}

test('a number should be explained in lines of at most 80 columns', () => {
  const { status, stdout, stderr } = run(['0x401c6445']);
  assert.equal([status, stderr], [0, '']);
  assert.match(stdout, /^0x401c6445: write, letter 'd' \(0x64\), nr 0x45, 28 bytes\n/);
  assert.match(
    stdout,
    /\nivpu DRM_IOCTL_IVPU_SUBMIT: [\s\S]*?\n {2}0x401c6445 on i386, struct drm_ivpu_submit of 28 bytes/,
  );
  assert.ok(stdout.split('\n').every(line => line.length <= 80));
});

test('bytes may be several words', () => {
  const { status, stdout } = run(['DRM_IOCTL_GEM_CLOSE', '05000000', '00000000', '--format', 'json']);
  assert.is(status, 0);
  const decoded = JSON.parse(stdout);
  validate('decode', 'decode', decoded);
  assert.is(decoded.candidates[0].argument.fields[0].value, 5);
});

const TRACE = `openat(AT_FDCWD, "/dev/accel/accel0", O_RDWR) = 3
[pid 11] ioctl(3</dev/accel/accel0>, DRM_IOCTL_GEM_CLOSE <unfinished ...>
[pid 12] ioctl(0</dev/pts/0>, TCGETS, 0x7ffe) = 0
[pid 11] <... ioctl resumed>, 0x7ffe) = -1 EINVAL (Invalid argument)
ioctl(3, DRM_IOCTL_GEM_CLOSE, 0x7ffe8069e950)  = 0
 | 00000  07 00 00 00 00 00 00 00                           ........         |
+++ exited with 0 +++
[????????????????] +++ exited with 0 +++
[ 231] +++ exited with 0 +++
--- SIGCHLD {si_signo=SIGCHLD} ---
`;

test('a stream should give an object a line, other calls left out', () => {
  const { status, stdout, stderr } = run(['-', '--format', 'json'], TRACE);
  assert.equal(
    [status, stderr],
    [0, 'accel-uapi: 1 ioctls of other files or of unknown drivers were left out\n'],
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.is(lines.length, 2);
  assert.equal([lines[0].call.pid, lines[0].call.errno], [11, 'EINVAL']);
  assert.is(lines[0].candidates[0].refusals[0].rule, 'drm.gem_close.handle-unknown');
  assert.is(lines[1].candidates[0].argument.fields[0].value, 7);
});

test('a wrong line of a stream should be named by its number and the others be decoded', () => {
  const { status, stdout, stderr } = run(['-'], '0x641e\n0xzz\n0x641f\n');
  assert.is(status, 2);
  assert.match(stderr, /^accel-uapi: line 2: 0xzz is no request; expected a number/);
  assert.match(stdout, /DRM_IOCTL_SET_MASTER[\s\S]*DRM_IOCTL_DROP_MASTER/);
});

test('wrong usage should end with 2 and one sentence', () => {
  for (const [args, sentence, input] of [
    [['0xdeadbeef'], /is no request of an accel node/],
    [['0xc0106440', '--driver', 'etosu'], /no driver etosu in the collection \(did you mean ethosu\?\)/],
    [['0xc0106440', '--abi', 'x86'], /--abi x86 is no ABI of the collection.*expected x86_64, i386/],
    [['DRM_IOCTL_GEM_CLOSE', '010'], /3 hex digits, an odd number/],
    [['-'], /no line of standard input was a request/, 'hello\n\n'.replace('hello', '+++ exited with 0 +++')],
  ] as const) {
    const { status, stdout, stderr } = run(args, input);
    assert.equal([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, sentence);
    assert.not.match(stderr, /\n\s+at /);
  }
});

test('help should show examples', () => {
  const { status, stdout } = run(['--help']);
  assert.is(status, 0);
  assert.match(stdout, /Examples:\n {2}\$ accel-uapi decode/);
});

test.run();
