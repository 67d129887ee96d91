import { constants, platform } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName, errnoNumber } from './errno.ts';

test('numbers should be those of the C library, and names should come back', () => {
  let compared = 0;
  for (const [name, number] of Object.entries(constants.errno)) {
    if (platform() !== 'linux' || !name.startsWith('E')) continue;
    // ENOTSUP is the C library's own word for EOPNOTSUPP.
    if (name === 'ENOTSUP') continue;
    assert.is(errnoNumber(name), number, name);
    assert.is(errnoNumber(errnoName(number)), number);
    compared += 1;
  }
  assert.ok(platform() !== 'linux' || compared > 60, `only ${compared} were compared`);
});

test('what does not exist should be told', () => {
  assert.is(errnoName(0), 'success');
  assert.is(errnoName(4000), 'errno 4000');
  assert.is(errnoName(11), 'EAGAIN');
  assert.throws(() => errnoNumber('ENOTHING'), /ENOTHING is not an errno/);
});

test.run();
