import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toldBy } from './run-in-guest.ts';

test('what programs say is told apart from the kernel and from each other', () => {
  const said = toldBy([
    '[    0.000000] Booting Linux',
    '== begin /bin/one',
    'first line',
    '[    4.100000] something of the kernel',
    'second line',
    '== end 0',
    'between them',
    '== begin /bin/two with words',
    '== end 139',
    '== begin /bin/three',
    'the machine ended here',
  ]);
  assert.equal(said, [
    { command: '/bin/one', lines: ['first line', 'second line'], status: 0 },
    { command: '/bin/two with words', lines: [], status: 139 },
    { command: '/bin/three', lines: ['the machine ended here'] },
  ]);
});

test.run();
