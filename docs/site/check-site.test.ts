import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSite } from './check-site.ts';

function problems(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-site-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return checkSite(folder).problems;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('links that lead somewhere should pass', () => {
  const files = {
    'index.html':
      '<a href="./b/#x">b</a> <a href="#top" id="top">t</a> <link rel="stylesheet" href="./s.css">',
    'b/index.html': '<h2 id="x">x</h2> <a href="../">up</a> <a href="../?q=1">q</a>',
    's.css': '',
  };
  assert.equal(problems(files), []);
});

test('what leads nowhere, to no anchor, elsewhere, or weighs too much should be told', () => {
  const missing = problems({ 'index.html': '<a href="./c/">c</a>' });
  assert.equal(missing, ['index.html: ./c/ leads nowhere']);
  assert.match(problems({ 'index.html': '<a href="#y">y</a>' })[0]!, /names an anchor that is not there/);
  assert.match(problems({ 'index.html': '<img src="https://x/y.png">' })[0]!, /img leads to .* elsewhere/);
  assert.match(problems({ 'index.html': '<a href="../etc/">x</a>' })[0]!, /leads nowhere/);
  assert.match(problems({ 'index.html': '<p id="a"></p><p id="a"></p>' })[0]!, /more than once/);
  const heavy = problems({ 'index.html': '<script src="./s.js"></script>', 's.js': 'x'.repeat(300_001) });
  assert.match(heavy[0]!, /weighs 3\d+ bytes/);
});

test.run();
