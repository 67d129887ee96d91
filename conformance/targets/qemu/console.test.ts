import { PassThrough } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { deathReason, readConsole, tellingLines } from './console.ts';

test('lines are joined over pieces and cleaned; the unfinished last one counts', async () => {
  const stream = new PassThrough();
  const console = readConsole(stream);
  for (const piece of ['one\r\ntw', 'o\x1b[0m\r\n', '\r\n', 'unfin']) stream.write(piece);
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(console.tail(), ['one', 'two', 'unfin']);
  assert.equal(console.tail(2), ['two', 'unfin']);
});

test('a guest that prints without end does not fill memory', async () => {
  const stream = new PassThrough();
  const console = readConsole(stream);
  for (let i = 0; i < 6000; i++) stream.write(`${i}\n`);
  stream.end('x'.repeat(100_000));
  await new Promise(resolve => stream.on('close', resolve));
  const lines = console.tail();
  assert.ok(lines.length <= 5001, `${lines.length} lines`);
  assert.is(lines.at(-2), '5999');
  assert.ok(lines.at(-1)!.length <= 2000);
});

test('the panic is the reason, not the oops before it', () => {
  const lines = [
    '[    1.0] Unable to handle kernel NULL pointer dereference at virtual address 8',
    '[    1.1] Internal error: Oops: 0000000096000004 [#1]  SMP',
    '[    1.2] Kernel panic - not syncing: Oops: Fatal exception',
    '[    1.3] ---[ end Kernel panic - not syncing: Oops: Fatal exception ]---',
  ];
  assert.is(deathReason(lines), 'Kernel panic - not syncing: Oops: Fatal exception');
  assert.match(deathReason(lines.slice(0, 2)), /^Unable to handle kernel NULL/);
  assert.is(deathReason(['all is well']), '');
});

test('what is quoted begins with the first sign of death', () => {
  const lines = ['boot', 'BUG: unable', 'Call trace:', 'f', 'Kernel panic - not syncing: x', 'end'];
  assert.equal(tellingLines(lines, 3), ['BUG: unable', 'Call trace:', 'f']);
  assert.equal(tellingLines(['a', 'b', 'c'], 2), ['b', 'c']);
});

test.run();
