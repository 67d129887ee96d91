import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printOutput, printTerm } from './print.ts';

test('a step should be told where a number keeps to one', () => {
  const handle = { fresh: 'cb', object: 'buffer' } as const;
  assert.is(printOutput(handle), 'a new cb, not 0 and not in use');
  assert.match(printOutput({ ...handle, aligned: 4096 }), /not in use, a multiple of (4096|0x1000)$/);
  assert.match(printOutput({ stable: 'bo.offset', aligned: 64 }), /stays with the object, a multiple of /);
});

test('the larger and the smaller of two terms should be told apart', () => {
  assert.match(printTerm({ max: [{ field: 'size' }, 1] }), /^the larger of size and /);
  assert.match(printTerm({ min: [{ field: 'size' }, 1] }), /^the smaller of size and /);
});

test.run();
