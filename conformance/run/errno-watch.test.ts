import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, type StepResult, type Trace } from '../../schemas/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { constant, ProgramBuilder } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { documented, ErrnoWatch } from './errno-watch.ts';

const driver = catalogue().drivers.get('ethosu')!;
const call = driver.calls.get('DRM_IOCTL_ETHOSU_BO_WAIT')!;
const EPERM = 1;
const EINVAL = 22;

/** One call that ended with the errno, under the request's letter. */
function seen(errno: number, letter = call.request!.letter): ErrnoWatch {
  const builder = new ProgramBuilder();
  builder.step('call', 'ioctl', [constant(3), constant(letter << 8), constant(0)]);
  const result: StepResult = {
    step: 0,
    status: 'done',
    ret: errno === 0 ? 0n : -1n,
    errno,
    signal: 0,
    before: 0n,
    after: 0n,
    diffs: [],
    hashes: [],
  };
  const end = { status: 'complete', taint: 0n, stack: '' } as const;
  const trace: Trace = { program: builder.build(), results: [result], log: [], end };
  const one: Case = { name: 'one', family: 'test', program: trace.program, labels: ['call'], instances: [] };
  const judgements: StepJudgement[] = [{ step: 0, call, state: 'followed', differences: [] }];
  const watch = new ErrnoWatch(driver);
  watch.see(one, trace, judgements, () => []);
  return watch;
}

const verdictOf = (watch: ErrnoWatch, cut = '') =>
  watch.verdicts(cut).find(({ verdict }) => verdict.instance === call.name)!.verdict;

test('the table should hold the checks of the call and of the core, and what the machine may cause', () => {
  const allowed = documented(driver, call);
  for (const errno of ['EINVAL', 'ENOENT', 'ETIME', 'EFAULT', 'ENODEV', 'EINTR'])
    assert.ok(allowed.has(errno), errno);
  for (const errno of ['ENOTTY', 'EPERM', 'ENOSPC']) assert.not.ok(allowed.has(errno), errno);
});

test('an errno of the table should conform, and another should violate, although no model predicts the call', () => {
  assert.is(verdictOf(seen(EINVAL)).verdict, 'conforms');
  const verdict = verdictOf(seen(EPERM));
  assert.is(verdict.verdict, 'violates');
  assert.match(verdict.reason, /step 0: expected success or one of .*EINVAL.*, got EPERM/);
});

test('a call that was never refused should not be reached, and unknown when the run was cut', () => {
  assert.is(verdictOf(seen(0)).verdict, 'not reached');
  assert.is(verdictOf(seen(0), 'the link broke').verdict, 'unknown');
});

test('a request of another letter should be no call of the driver', () => {
  assert.is(verdictOf(seen(EPERM, 0)).verdict, 'not reached');
});

test.run();
