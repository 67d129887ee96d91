import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Program } from '../../schemas/index.ts';
import { cRound } from './c-round.ts';
import { ethosuMix } from './mix.ts';
import { openModel } from './model.ts';

const program: Program = {
  buffers: [{ size: 4, data: new Uint8Array([0x2f, 0x61]), access: 'readwrite', align: 'end' }],
  slots: 1,
  steps: [
    {
      op: 'open',
      args: [
        { kind: 'address', buffer: 0 },
        { kind: 'const', value: 2n },
        { kind: 'const', value: 0n },
      ],
      captures: [{ slot: 0, from: 'return' }],
      deadline: 1,
    },
    {
      op: 'ioctl',
      args: [
        { kind: 'slot', slot: 0 },
        { kind: 'const', value: 0xc0de0001n },
        { kind: 'address', buffer: 0, offset: 1n },
      ],
      fills: [{ buffer: 0, offset: 1, bytes: new Uint8Array([7]) }],
      patches: [
        { buffer: 0, offset: 2, width: 2, value: { kind: 'slot', slot: 0, shift: 4, mask: 15n, add: 1n } },
      ],
      captures: [{ slot: 0, from: 'buffer', buffer: 0, offset: 0, width: 4 }],
      deadline: 1,
    },
  ],
};

test('every part of a step should be in the C text', () => {
  const text = cRound({ program, before: 1, length: 1 }, '/a');
  const [, , before, round] = text.split('static unsigned');
  assert.match(text, '#define NODE "/a"');
  assert.match(
    text,
    'static unsigned char buffer_0[4] __attribute__((aligned(8), unused)) = { 0x2f, 0x61 };',
  );
  assert.match(before!, 'open((const char *)(uintptr_t)((uintptr_t)buffer_0 + 0x0ull)');
  assert.match(before!, 'slot[0] = ret;');
  assert.match(round!, 'memcpy(buffer_0 + 1, (const unsigned char[]){ 0x7 }, 1);');
  assert.match(round!, 'memcpy(buffer_0 + 2, &(uint64_t){ ((slot[0] >> 4) & 0xfull) + 0x1ull }, 2);');
  assert.match(round!, '(uintptr_t)(0xc0de0001ull), (uintptr_t)((uintptr_t)buffer_0 + 0x1ull));');
  assert.match(round!, 'memcpy(&slot[0], buffer_0 + 0, 4);');
});

test('a step that the loop cannot make should be refused', () => {
  const step = { op: 'sleep', args: [], deadline: 1 } as const;
  assert.throws(
    () => cRound({ program: { ...program, steps: [step] }, before: 0, length: 1 }, '/a'),
    /cannot make a sleep/,
  );
});

test('every call of the mix should succeed on the model, round after round', async () => {
  const { link, context } = await openModel(1);
  const { program: mix, before, length } = ethosuMix(context, 3);
  const { results } = await link.run(mix);
  assert.is(results.length, before + 3 * length);
  assert.equal(
    results.filter(result => result.errno !== 0).map(result => result.step),
    [],
  );
  const requests = (from: number) => mix.steps.slice(from, from + length).map(step => step.op);
  assert.equal(requests(before), requests(before + length));
});

test.run();
