/** Calls at the same time, and what is on record of the driver. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { version } from '../cli/version.ts';
import { openTarget } from '../targets/open.ts';
import type { VerdictEvent } from './events.ts';
import { Selection } from './select.ts';
import { validate } from './validate.ts';

const CALL = 'DRM_IOCTL_ROCKET_SUBMIT';

async function verdicts(name: string, more: { readonly unexplained?: true }): Promise<VerdictEvent[]> {
  const target = await openTarget(name);
  const settings = { seed: 1, runs: 0, tier: 'reversible', requireMust: false, version } as const;
  const found: VerdictEvent[] = [];
  const select = new Selection(`race.use@${CALL}*`);
  await validate(target, { ...settings, select, now: () => 0, ...more }, event => {
    if (event.event === 'verdict') found.push(event);
  });
  await target.close();
  return found;
}

test('what is on record should decide calls that no order explains without it', async () => {
  const found = await verdicts('reference:rocket,as=linux-7.3', {});
  assert.ok(found.length > 0);
  for (const { verdict, reason } of found) {
    assert.is(verdict, 'conforms');
    assert.match(reason, /^apart from rocket\.submit\.bad-job-skipped; 2 of 2 rounds overlapped$/);
  }
});

test('where nothing is looked up on record such calls should stay open', async () => {
  const found = await verdicts('reference:rocket,as=linux-7.3', { unexplained: true });
  assert.ok(found.length > 0);
  for (const { verdict, reason } of found) {
    assert.is(verdict, 'unknown');
    assert.match(reason, /one of the calls may be seen in parts/);
  }
});

test.run();
