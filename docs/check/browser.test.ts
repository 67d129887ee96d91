import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../../conformance/index.ts';

test('without Chromium the check should say so in one sentence, and exit with a status of its own', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot(), 'dist/docs/check/browser.js')],
    { encoding: 'utf8', env: { CHROMIUM: '/no/such/browser', PATH: '' } },
  );
  assert.is(status, 3);
  assert.is(stdout, '');
  assert.is(
    stderr,
    'nothing was checked: /no/such/browser is not there; install Chromium (the Debian package chromium), or name it in CHROMIUM\n',
  );
});

test.run();
