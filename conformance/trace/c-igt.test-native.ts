/** Tests that `replay --igt` prints, compiled without a warning against the macros of IGT that they use, and run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { igtProgram } from './c-igt.ts';
import { igtFile } from './igt-file.test.helper.ts';
import { readProgram, type TraceFile } from './trace-file.ts';

const it = suite('c-igt');
const SKIP = 77;
const FAIL = 98;

/** What stands for IGT: the same names, and its exit statuses. */
const CORE = `#include <stdio.h>
#include <stdlib.h>
#define IGT_TEST_DESCRIPTION(text) static const char *description __attribute__((unused)) = text
#define igt_main() main(void)
#define igt_fixture() for (int fixture = 0; fixture < 1; fixture++)
#define igt_describe(text) puts(text)
#define igt_subtest(name) for (int subtest = 0; subtest < 1; puts("SUCCESS " name), subtest++)
#define igt_debug(...) printf(__VA_ARGS__)
#define igt_end(wrong, status) do { if (wrong) exit(status); } while (0)
#define igt_require(true) igt_end(!(true), ${SKIP})
#define igt_require_f(true, ...) igt_end(!(true) && printf(__VA_ARGS__), ${SKIP})
#define igt_assert_f(true, ...) igt_end(!(true) && printf(__VA_ARGS__), ${FAIL})
#define igt_assert_eq(a, b) igt_end((a) != (b), ${FAIL})
#define igt_assert_eq_s64(a, b) igt_assert_eq(a, b)
`;

let folder = '';
let count = 0;
it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-igt-'));
  writeFileSync(join(folder, 'igt_core.h'), CORE);
});
it.after(() => rmSync(folder, { recursive: true }));

function ends(node: string, finding: Partial<TraceFile['finding']>): number | null {
  const file = igtFile(node, finding);
  const { program, labels } = readProgram(file, 'test');
  const text = igtProgram('test', file, program, labels, catalogue().drivers.get('ethosu')!);
  count += 1;
  const [source, made] = [join(folder, `${count}.c`), join(folder, `${count}`)];
  writeFileSync(source, text);
  const flags = ['-Wall', '-Wextra', '-Werror', '-I', folder, '-o', made, source];
  const { status, stderr } = spawnSync('gcc', flags, { encoding: 'utf8' });
  assert.is(status, 0, `${stderr}\n${text}`);
  return spawnSync(made, [], { encoding: 'utf8' }).status;
}

it('passes, fails and skips', () => {
  // /dev/null is no node of a driver: it knows no ioctl.
  assert.is(ends('/dev/null', { expected: 'ENOTTY' }), 0);
  assert.is(ends('/dev/null', { expected: 'success or one of EINVAL, ENOTTY' }), 0);
  assert.is(ends('/dev/null', { expected: 'success' }), FAIL);
  assert.is(ends('/dev/null', { kind: 'return', expected: '-1' }), 0);
  assert.is(ends('/dev/null', { kind: 'bytes', expected: 'argument byte 0: 07 00' }), 0);
  assert.is(ends('/dev/null', { kind: 'bytes', expected: 'argument byte 0: 08' }), FAIL);
  assert.is(ends('/dev/accel/accel4095', { expected: 'ENOTTY' }), SKIP);
});

it.run();
