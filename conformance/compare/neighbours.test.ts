import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeRequest } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import type { Candidate } from './candidate.ts';
import { MOST_NEIGHBOURS, neighbours } from './neighbours.ts';

/** DRM_IOCTL_GEM_CLOSE: a handle and a pad. */
const GEM_CLOSE = 0x4008_6409n;

function closing(calls = 1): Candidate {
  const builder = new ProgramBuilder();
  const { fd } = builder.open('/dev/accel/accel0', 2);
  const handle = builder.slot();
  for (let count = 0; count < calls; count += 1) {
    const buffer = builder.buffer(8);
    builder.step('close the handle', 'ioctl', [fd, constant(GEM_CLOSE), addressOf(buffer)], {
      patches: [{ buffer, offset: 0, width: 4, value: slotValue(handle) }],
    });
  }
  builder.close(fd);
  return { name: 'closing', program: builder.build(), labels: builder.labels };
}

const first = () => 0;

test('each neighbour should differ from the program in one step, and say in what', () => {
  const candidate = closing();
  const near = neighbours(candidate, first);
  const whats = near.map(({ labels }) => labels[1]!.slice('close the handle: '.length));
  assert.equal(whats, [
    'a descriptor that is not open',
    'size 16 in the request',
    'a NULL argument',
    'an argument that is not mapped',
    'argument byte 4 with bit 0 changed',
    'argument byte 4 with bit 31 changed',
    'argument byte 4 all ones',
    '0 in the place of a handle',
    '4294967294 in the place of a handle',
  ]);
  for (const { program, labels, name } of near) {
    const other = program.steps.flatMap((step, at) => (step === candidate.program.steps[at] ? [] : [at]));
    assert.equal(other, [1]);
    assert.is(labels.length, program.steps.length);
    assert.match(name, /^closing with step 1: /);
  }
  const resized = near[1]!.program.steps[1]!.args[1]!;
  assert.is(resized.kind === 'const' && decodeRequest(resized.value).size, 16);
  const unmapped = near[3]!.program;
  assert.is(unmapped.buffers.at(-1)!.access, 'hole');
  assert.equal(unmapped.steps[1]!.args[2], addressOf(unmapped.buffers.length - 1));
});

test('there should be no more than can be run, of any step, and none of a call that is spared', () => {
  let next = 0;
  const below = (count: number) => {
    next += 7;
    return next % count;
  };
  const near = neighbours(closing(20), below);
  assert.is(near.length, MOST_NEIGHBOURS);
  assert.ok(new Set(near.map(({ name }) => /step (\d+)/.exec(name)![1])).size > 10);
  assert.equal(
    neighbours(closing(), first, () => true),
    [],
  );
});

test.run();
