import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../cli/version.ts';
import { plant, plantedChanges } from './planted-changes.ts';

const source = join(packageRoot(), 'reference/module');

for (const change of plantedChanges)
  test(`${change.name} fits the source of the module, and changes one file`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-planted-'));
    try {
      plant(source, folder, change);
      const [was, is] = [source, folder].map(each => readFileSync(join(each, change.file), 'utf8'));
      assert.is.not(was, is);
      const strange = { ...change, from: 'not in the source' };
      assert.throws(() => plant(folder, folder, strange), /does not hold once what ".*" replaces/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test.run();
