import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StepResult, Trace } from '../../schemas/index.ts';
import { constant } from '../plan/builder.ts';
import { numberSeen, textSeen } from './seen.ts';

const result = (diffs: StepResult['diffs'], ret = 0n, errno = 0): StepResult => ({
  step: 0,
  status: 'done',
  ret,
  errno,
  signal: 0,
  before: 0n,
  after: 0n,
  diffs,
  hashes: [],
});

function trace(results: readonly StepResult[]): Trace {
  return {
    program: {
      buffers: [{ size: 16, data: new Uint8Array(0), access: 'readwrite', align: 'end' }],
      slots: 2,
      steps: [
        {
          op: 'ioctl',
          args: [constant(3), constant(0), constant(0)],
          fills: [{ buffer: 0, offset: 0, bytes: new Uint8Array(16).fill(0xa5) }],
          captures: [
            { slot: 0, from: 'buffer', buffer: 0, offset: 4, width: 4 },
            { slot: 1, from: 'return' },
          ],
          deadline: 1000,
        },
      ],
    },
    results,
    log: [],
    end: { status: 'complete', taint: 0n, stack: '' },
  };
}

test('a number should be what was stored before, changed by what the step changed', () => {
  const changed = result([{ buffer: 0, offset: 4, bytes: Uint8Array.of(7, 0, 0) }], 5n);
  assert.is(numberSeen(trace([changed]), 0, 0), 0xa5000007n);
  assert.is(numberSeen(trace([changed]), 0, 1), 5n);
});

test('a step that did not run, or stores nothing there, should give no number', () => {
  assert.is(numberSeen(trace([]), 0, 0), undefined);
  assert.is(numberSeen(trace([result([])]), 0, 9), undefined);
});

test('a text should be as long as the step says, and none when it failed', () => {
  const read = result([{ buffer: 0, offset: 0, bytes: new TextEncoder().encode('kB\n') }], 3n);
  assert.is(textSeen(trace([read]), 0, 0), 'kB\n');
  assert.is(textSeen(trace([result([], -1n, 2)]), 0, 0), undefined);
});

test.run();
