import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { replaceFolder } from './replace-folder.ts';

interface Context {
  folder: string;
}

const test = suite<Context>('a folder of generated files');

test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

test('files that say the same are not touched, others are replaced, what is not made any more goes', ({
  folder,
}) => {
  const path = (name: string) => join(folder, name);
  for (const name of ['same', 'changed', 'stale']) {
    writeFileSync(path(name), name);
    utimesSync(path(name), 1, 1);
  }
  replaceFolder(folder, [
    { path: path('same'), text: 'same' },
    { path: path('changed'), text: 'other' },
    { path: path('new'), text: 'new' },
  ]);
  assert.equal(readdirSync(folder).sort(), ['changed', 'new', 'same']);
  assert.is(readFileSync(path('changed'), 'utf8'), 'other');
  assert.is(statSync(path('same')).mtimeMs, 1000);
});

test('a folder that is not there is made', ({ folder }) => {
  const inner = join(folder, 'bin');
  replaceFolder(inner, [{ path: join(inner, 'main.js'), text: 'main' }]);
  assert.equal(readdirSync(inner), ['main.js']);
});

test.run();
