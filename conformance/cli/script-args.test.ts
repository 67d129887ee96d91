/** The words behind a script: what it does not take ends it with a sentence. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from './version.ts';

function script(name: string, ...words: string[]) {
  const file = join(packageRoot(), `dist/conformance/build/${name}.js`);
  return spawnSync(process.execPath, [file, ...words], { encoding: 'utf8' });
}

test('a word that a script does not take should end it with 2 and name what it takes', () => {
  const unknown = script('test-memory', '--step', '5');
  assert.is(unknown.status, 2);
  assert.match(
    unknown.stderr,
    /^accel-uapi: Unknown option '--step'; this script takes --steps VALUE, --driver VALUE\n$/,
  );
  const none = script('test-memory', 'ethosu');
  assert.is(none.status, 2);
  assert.match(none.stderr, /^accel-uapi: Unexpected argument 'ethosu'/);
});

test.run();
