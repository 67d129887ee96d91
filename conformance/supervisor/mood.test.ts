import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { moodIn } from './mood.ts';

const it = suite('mood');
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-mood-'));
const file = join(folder, 'mood');
it.after(() => rmSync(folder, { recursive: true }));

it('should be what the file says at the time', () => {
  const mood = moodIn(file);
  writeFileSync(file, 'late\n');
  assert.is(mood(), 'late');
  writeFileSync(file, 'fault');
  assert.is(mood(), 'fault');
});

it('should hang once only', () => {
  const mood = moodIn(file);
  writeFileSync(file, 'hang-once\n');
  assert.is(mood(), 'hang');
  assert.is(readFileSync(file, 'utf8'), 'complete\n');
  assert.is(mood(), 'complete');
});

it('should be complete when the file says something else', () => {
  writeFileSync(file, 'sleepy\n');
  const write = process.stderr.write;
  let said = '';
  process.stderr.write = (text: unknown) => {
    said += text;
    return true;
  };
  try {
    assert.is(moodIn(file)(), 'complete');
  } finally {
    process.stderr.write = write;
  }
  assert.match(said, /mood is "sleepy"; expected one of complete, late, /);
});

it.run();
