import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StepResult, Trace } from '../../schemas/index.ts';
import { endedByItself } from './by-itself.ts';

const MS = 1_000_000n;
const at = (errno: number, after: bigint) => ({ errno, after }) as StepResult;
const trace = (wait: StepResult, sent: StepResult) => ({ results: [wait, sent] }) as unknown as Trace;

test('a call that went well about when the signal came tells nothing', () => {
  assert.ok(endedByItself(trace(at(0, 110n * MS), at(0, 100n * MS)), 0, 1));
  assert.ok(endedByItself(trace(at(0, 95n * MS), at(0, 100n * MS)), 0, 1));
});

test('one that slept on, or failed, tells', () => {
  assert.is(endedByItself(trace(at(0, 180n * MS), at(0, 100n * MS)), 0, 1), undefined);
  assert.is(endedByItself(trace(at(4, 101n * MS), at(0, 100n * MS)), 0, 1), undefined);
});

test.run();
