import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethosuJob } from './testing/ethosu-job.ts';

test('a job should copy when it is over, and not before', () => {
  const job = ethosuJob([{ from: 0, to: 1 }]);
  job.memory.write(job.buffers[0]!, 0n, Uint8Array.of(1, 2, 3, 4));
  job.submit();
  job.jobs.settle(job.clockAt(job.end - 1n));
  assert.equal([...job.memory.read(job.buffers[1]!, 0n, 4n)], [0, 0, 0, 0]);
  assert.equal(job.jobs.next(), [job.end]);
  job.jobs.settle(job.clockAt(job.end));
  assert.equal([...job.memory.read(job.buffers[1]!, 0n, 4n)], [1, 2, 3, 4]);
  assert.equal(job.jobs.next(), []);
});

test('a job that fails should copy nothing', () => {
  const job = ethosuJob([{ from: 0, to: 1 }], 125);
  job.memory.write(job.buffers[0]!, 0n, Uint8Array.of(1, 2, 3, 4));
  job.submit();
  job.jobs.settle(job.clockAt(job.end));
  assert.equal([...job.memory.read(job.buffers[1]!, 0n, 4n)], [0, 0, 0, 0]);
});

test('region 2 without a buffer should be memory of the chip, and the next region have the next buffer', () => {
  const job = ethosuJob([
    { from: 0, to: 2 },
    { from: 0, to: 3 },
  ]);
  job.memory.write(job.buffers[0]!, 0n, Uint8Array.of(5, 6, 7, 8));
  job.submit();
  job.jobs.settle(job.clockAt(job.end));
  assert.equal([...job.memory.read(job.buffers[1]!, 0n, 4n)], [5, 6, 7, 8]);
});

test.run();
