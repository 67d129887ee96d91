import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KernelObject } from '../../reference/index.ts';
import { ObjectMemory } from './object-memory.ts';
import { RecordedChannel } from './testing/recorded-channel.ts';

const buffer = (): KernelObject => ({ type: 'gem_object', properties: new Map([['size', 4096n]]) });

test('what was written before the first mapping should be there afterwards', () => {
  const recorded = new RecordedChannel();
  const memory = new ObjectMemory(recorded.channel);
  const object = buffer();
  memory.write(object, 8n, Uint8Array.of(1, 2, 3));
  assert.equal([...memory.read(object, 7n, 5n)], [0, 1, 2, 3, 0]);
  assert.equal(recorded.told, []);
  memory.map(object, 8192n);
  assert.equal([...recorded.file.subarray(8199, 8204)], [0, 1, 2, 3, 0]);
  memory.write(object, 9n, Uint8Array.of(9));
  assert.equal([...memory.read(object, 8n, 3n)], [1, 9, 3]);
});

test('an offset that another object takes over should be empty, and stay its own when it is mapped again', () => {
  const recorded = new RecordedChannel();
  const memory = new ObjectMemory(recorded.channel);
  const [one, other] = [buffer(), buffer()];
  memory.map(one, 4096n);
  memory.write(one, 0n, Uint8Array.of(7));
  memory.map(one, 4096n);
  assert.equal([...memory.read(one, 0n, 1n)], [7]);
  memory.map(other, 4096n);
  assert.equal([...memory.read(other, 0n, 1n)], [0]);
});

test.run();
