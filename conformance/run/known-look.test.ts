import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { inRange, knownLook } from './explain.ts';
import type { Verdict } from './verdict.ts';

const current = inRange(catalogue().drivers.get('ethosu')!, '7.3.4');
const seen: Verdict = {
  clause: 'job.failure',
  instance: 'DRM_IOCTL_ETHOSU_SUBMIT.lost',
  level: 'MUST',
  verdict: 'violates',
  reason: 'the wait ended before the job',
  look: 'the wait ended before the job',
  deviations: [],
  differences: [],
  probes: 1,
};
const oops = {
  program: 0,
  step: 9,
  level: 1,
  text: 'Unable to handle kernel paging request at virtual address 1',
};
const place = 'job/failure.DRM_IOCTL_ETHOSU_SUBMIT.lost';

test('what was seen is known when a recorded fault was logged in its case', () => {
  const { verdict, deviations, reason } = knownLook(seen, { log: [oops] }, place, current);
  assert.is(verdict, 'violates (known)');
  assert.equal(deviations, ['ethosu.submit.hung-job-reads-where-the-device-says']);
  assert.match(reason, 'hung-job-reads-where-the-device-says');
});

test('it is not without the fault, in another case, or on a kernel without the deviation', () => {
  assert.is(knownLook(seen, { log: [] }, place, current), seen);
  assert.is(knownLook(seen, { log: [oops] }, 'job/failure.DRM_IOCTL_ETHOSU_SUBMIT.hang', current), seen);
  assert.is(knownLook(seen, { log: [oops] }, place, []), seen);
});

test('a verdict that no look gave stays as it is', () => {
  const { look: _, ...differs } = seen;
  assert.is(knownLook(differs, { log: [oops] }, place, current), differs);
});

test('what was seen is known when a record of the clause has it, where no answer of a call shows it', () => {
  const recorded = inRange(catalogue().drivers.get('ivpu')!, '7.3.4');
  const look =
    'the wait for the buffer is over, but the sync file has the status 1, expected a negative number';
  const told = { ...seen, instance: 'DRM_IOCTL_IVPU_SUBMIT.fault', reason: look, look };
  const { verdict, deviations } = knownLook(told, { log: [] }, 'job/failure', recorded);
  assert.is(verdict, 'violates (known)');
  assert.ok(deviations.includes('ivpu.submit.fence-without-error'));
  const never = { ...told, look: 'the wait ended before the job' };
  assert.is(knownLook(never, { log: [] }, 'job/failure', recorded), never);
  const other: Verdict = { ...told, clause: 'job.order' };
  assert.is(knownLook(other, { log: [] }, 'job/order', recorded), other);
});

test.run();
