import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Trace } from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { type Judged, withWholeWaits } from './early-wait.ts';
import type { Explanation } from './verdict.ts';

const early: Difference = { step: 1, kind: 'outcome', expected: 'success', observed: 'ETIME' };

function ran(differences: readonly Difference[], status: 'complete' | 'cut' = 'complete'): Judged {
  const trace = { results: [], end: { status } } as unknown as Trace;
  return { trace, judgements: [{ step: 1, state: 'judged', differences }] };
}

/** How often a program runs that gives these runs in turn, and the run that counts. */
async function played(runs: readonly Judged[], known: readonly Explanation[] = []) {
  let count = 1;
  const next = async () => runs[Math.min(count++, runs.length - 1)]!;
  const counts = await withWholeWaits(
    runs[0]!,
    () => () => known,
    () => next(),
  );
  return { count, counts };
}

test('a wait that ends early once is the timer of the machine', async () => {
  const good = ran([]);
  for (const observed of ['ETIME', 'ETIMEDOUT'])
    assert.equal(await played([ran([{ ...early, observed }]), good]), { count: 2, counts: good });
});

test('one that ends early each time is the driver', async () => {
  const { count, counts } = await played([ran([early])]);
  assert.is(count, 6);
  assert.equal(counts.judgements[0]!.differences, [early]);
});

test('nothing else is tried again: another errno, what is on record, a program that was cut', async () => {
  assert.is((await played([ran([{ ...early, observed: 'EINVAL' }]), ran([])])).count, 1);
  assert.is((await played([ran([{ ...early, kind: 'return' }]), ran([])])).count, 1);
  const known = { id: 'a', clause: 'job.completion', stale: false } as const;
  assert.is((await played([ran([early]), ran([])], [known])).count, 1);
  assert.is((await played([ran([early]), ran([])], [{ ...known, stale: true }])).count, 2);
  assert.is((await played([ran([early], 'cut'), ran([])])).count, 1);
});

test.run();
