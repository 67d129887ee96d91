import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../cli/version.ts';

const SCRIPT = 'conformance/build/fresh.sh';

test('a build should be left out only when nothing has changed since the last', () => {
  const root = mkdtempSync(join(tmpdir(), 'accel-uapi-fresh-'));
  const at = (name: string, seconds: number) => utimesSync(join(root, name), seconds, seconds);
  const fresh = () => spawnSync('sh', [join(root, SCRIPT)]).status === 0;
  try {
    for (const name of ['schemas', 'spec', 'reference', dirname(SCRIPT), 'docs', 'dist'])
      mkdirSync(join(root, name), { recursive: true });
    cpSync(join(packageRoot(), SCRIPT), join(root, SCRIPT));
    const files = ['schemas/a.ts', 'package.json', 'package-lock.json', 'tsconfig.json'];
    for (const name of files) writeFileSync(join(root, name), '');
    const folders = ['schemas', 'spec', 'reference', 'conformance', dirname(SCRIPT), 'docs'];
    const old = () => {
      for (const name of [...files, SCRIPT, ...folders]) at(name, 1000);
    };
    old();
    assert.is(fresh(), false, 'never built');
    writeFileSync(join(root, 'dist/.built'), '');
    at('dist/.built', 2000);
    assert.is(fresh(), true);
    for (const changed of ['schemas/a.ts', 'package-lock.json', 'schemas']) {
      at(changed, 3000);
      assert.is(fresh(), false, changed);
      old();
    }
    assert.is(fresh(), true);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.run();
