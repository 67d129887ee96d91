/** The fakes' own reading of the protocol page, against the frames that the page gives as an example. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './paths.ts';
import { crc32, end, FRAME, frame, parseProgram, result } from './wire.ts';

const [, example = ''] = readFileSync(join(root, 'docs/protocol.md'), 'utf8').split('## Example');
const frames = [...example.matchAll(/```\n([\s\S]*?)```/g)].map(([, dump = '']) =>
  Uint8Array.from(
    dump.split('\n').flatMap(line => line.split(/\s+/).slice(1)),
    byte => Number.parseInt(byte, 16),
  ),
);
const payload = (index: number) => frames[index]!.subarray(16);

test('the checksum', () => {
  assert.is(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  assert.is(crc32(new Uint8Array()), 0);
});

test('every frame of the page has the header that this reading gives it', () => {
  assert.equal(
    frames.map(bytes => bytes[6]),
    [
      FRAME.hello,
      FRAME.program,
      FRAME.result,
      FRAME.result,
      FRAME.result,
      FRAME.result,
      FRAME.end,
      FRAME.bye,
    ],
  );
  for (const [index, bytes] of frames.entries()) assert.equal(frame(bytes[6]!, payload(index)), bytes);
});

test('the program of the page', () => {
  const { program, slots, buffers, steps } = parseProgram(payload(1));
  assert.is(program, 0);
  assert.is(slots, 1);
  assert.equal(buffers, [
    { size: 10, access: 1, align: 1, data: new TextEncoder().encode('/dev/null\0') },
    { size: 16, access: 0, align: 1, data: Uint8Array.of(0xaa) },
  ]);
  assert.equal(
    steps.map(step => [step.op, step.arguments.length, step.deadline]),
    [
      [1, 3, 1000],
      [8, 3, 1000],
      [2, 1, 1000],
      [9, 3, 1000],
    ],
  );
  assert.equal(
    steps[1]!.arguments.map(argument => argument.number),
    [4n, 4n, 0x11223344n],
  );
  assert.throws(() => parseProgram(payload(1).subarray(0, -1)), /do not fill the payload/);
});

test('the answers of the page', () => {
  const at = (begin: bigint) => ({ before: 1_000_000_000n + begin, after: 1_000_005_000n + begin });
  assert.equal(result({ program: 0, step: 0, ret: 3n, ...at(0n) }), payload(2));
  const diffs = [{ buffer: 1, offset: 4, bytes: Uint8Array.of(0x44, 0x33, 0x22, 0x11) }];
  assert.equal(result({ program: 0, step: 1, diffs, ...at(10_000n) }), payload(3));
  assert.equal(result({ program: 0, step: 3, ret: -1n, error: 9, ...at(30_000n) }), payload(5));
  assert.equal(end(0), payload(6));
});

test.run();
