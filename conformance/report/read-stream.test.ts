import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readStream } from './read-stream.ts';

const log = JSON.stringify({ event: 'log', case: 'a', step: 0, level: 3, text: 'é' });
const read = (text: string) => [...readStream('run.jsonl', new TextEncoder().encode(text))];

test('lines should be read one by one, empty ones left out', () => {
  assert.is(read(`${log}\n\n${log}`).length, 2);
});

test('a wrong line should be named with its column', () => {
  assert.throws(
    () => read(`${log}\n\n{"event": }\n`),
    /run\.jsonl:3:11: there is "\}", expected a JSON value$/,
  );
  assert.throws(
    () => read(`${log}\n${log.replace('"level":3', '"level":"3"')}\n`),
    /run\.jsonl:2:\d+: level must be integer/,
  );
  assert.throws(() => read('\n'), /run\.jsonl:1:1: the file is empty/);
});

test.run();
