import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { igtProgram, subtestName } from './c-igt.ts';
import { igtFile } from './igt-file.test.helper.ts';
import { readProgram, type TraceFile } from './trace-file.ts';

const driver = catalogue().drivers.get('ethosu')!;

function text(finding: Partial<TraceFile['finding']> = {}): string {
  const file = igtFile('/dev/accel/accel0', finding);
  const { program, labels } = readProgram(file, 't.json');
  return igtProgram('t.json', file, program, labels, driver);
}

test('a trace should become one subtest that needs the node and asserts the errno of its step', () => {
  const made = text();
  assert.match(made, '#include "igt_core.h"');
  assert.match(made, 'IGT_TEST_DESCRIPTION("handle.never-issued @ DRM_IOCTL_GEM_CLOSE.handle");');
  assert.match(made, /\nint igt_main\(\)\n\{\n\tigt_fixture\(\) \{/);
  assert.match(made, 'igt_subtest("handle-never-issued-gem-close-handle") {');
  assert.match(made, 'igt_require(!done[0].error);');
  assert.match(made, 'igt_assert_f(done[1].error == EINVAL,');
  assert.not.match(made, 'int main(void)');
});

test('what can be asserted should be: several errnos, values, faults, bytes of the argument', () => {
  assert.match(text({ expected: 'success' }), 'igt_assert_f(done[1].error == 0,');
  assert.match(
    text({ expected: 'success or one of EACCES, EFAULT' }),
    'done[1].error == 0 || done[1].error == EACCES || done[1].error == EFAULT,',
  );
  assert.match(text({ kind: 'return', expected: '12' }), 'igt_assert_eq_s64(done[1].ret, 12ll);');
  assert.match(text({ kind: 'return', expected: 'no fault' }), 'igt_assert_f(!done[1].signal');
  assert.match(
    text({ kind: 'bytes', expected: 'argument byte 4: 00 a5' }),
    'igt_assert_eq(buffers[1].at[4], 0x00);\n\t\tigt_assert_eq(buffers[1].at[5], 0xa5);',
  );
});

test('what IGT has no words for should be refused with one sentence', () => {
  for (const expected of [
    'byte 0 of the buffer: 00',
    'the call returns',
    'argument byte 0: 00 ... (64 bytes)',
  ])
    try {
      text({ kind: 'bytes', expected });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match(
        (error as Error).message,
        /^t\.json: IGT has no words for what step 1 must come to \(.*--c$/,
      );
    }
});

test('names of subtests should have letters, digits and dashes only', () => {
  const { finding } = igtFile('/dev/accel/accel0', { instance: 'DRM_IOCTL_X.a[0].b' });
  assert.is(subtestName({ finding }), 'handle-never-issued-x-a-0-b');
});

test.run();
