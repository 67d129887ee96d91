/** Verdicts of instances over traces of the reference, changed where a driver would be wrong. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue, errnoNumber, type StepResult, type Trace } from '../../schemas/index.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Instance } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { explainer } from './explain.ts';
import { decide, type Explain, type Verdict } from './verdict.ts';

const driver = catalogue().drivers.get('ethosu')!;
const reference = createReference({ driver, profile: 'u65' });
const params = profileParams(driver, 'u65');
const setup: JudgeSetup = {
  driver,
  abi: 'x86_64',
  pageSize: 4096,
  params,
  minor: 0,
  nodePath: '/dev/accel/accel0',
};
const context: PlanContext = {
  driver,
  hello: reference.hello,
  nodePath: setup.nodePath,
  minor: 0,
  minors: [0],
  params,
  seed: 1,
};

const builder = new ProgramBuilder();
const maker = new CallMaker(builder, context);
const { step: opened, fd } = builder.open(setup.nodePath, O_RDWR);
const wait = driver.calls.get('DRM_IOCTL_ETHOSU_BO_WAIT')!;
const create = driver.calls.get('DRM_IOCTL_ETHOSU_BO_CREATE')!;
const control = maker.good(fd, wait)!.step;
const unknown = maker.call(fd, wait, { handle: 99n });
const asks = driver.calls.get('DRM_IOCTL_ETHOSU_DEV_QUERY')!;
const asked = maker.good(fd, asks)!.step;
const late = maker.good(fd, wait)!.step;
const empty = maker.call(fd, create, { size: 0n });
const program = builder.build();

const instance = (probe: number, more: Partial<Instance> = {}): Instance => ({
  clause: 'handle.never-issued',
  instance: 'BO_WAIT.handle',
  controls: [opened, control],
  probes: [probe],
  ...more,
});

async function verdict(
  of: Instance,
  change: Record<number, Partial<StepResult>> = {},
  newer = false,
  explain?: Explain,
): Promise<Verdict> {
  const whole = await reference.run(program);
  const trace: Trace = {
    ...whole,
    results: whole.results.map(result => ({ ...result, ...change[result.step] })),
  };
  return decide(
    of,
    trace,
    builder.labels,
    judge(trace, setup),
    newer,
    explain ?? explainer(trace, setup, '6.12'),
  );
}
const failing = (errno: string): Partial<StepResult> => ({ ret: -1n, errno: errnoNumber(errno), diffs: [] });

test('a right answer should conform', async () => {
  assert.is((await verdict(instance(unknown))).verdict, 'conforms');
});

test('a wrong answer should violate at the level that its rule rests on', async () => {
  const found = await verdict(instance(unknown), { [unknown]: failing('EIO') });
  assert.is(found.verdict, 'violates');
  assert.is(found.level, 'SHOULD', 'the errno of an unknown handle rests on a document that does not bind');
  assert.match(found.reason, /expected ENOENT, got EIO/);
});

test('a recorded deviation in range should make it known, out of range not', async () => {
  const change = { [unknown]: failing('EINVAL') };
  const whole = await reference.run(program);
  const trace: Trace = {
    ...whole,
    results: whole.results.map(result => ({
      ...result,
      ...(result.step === unknown ? change[unknown] : {}),
    })),
  };
  const known = await verdict(instance(unknown), change, false, explainer(trace, setup, '7.3.4'));
  assert.is(known.verdict, 'violates (known)');
  assert.equal(known.deviations, ['ethosu.bo_wait.unknown-handle-einval']);
  const stale = await verdict(instance(unknown), change, false, explainer(trace, setup, '6.12'));
  assert.is(stale.verdict, 'violates');
  assert.match(stale.reason, /ethosu\.bo_wait\.unknown-handle-einval says so, but not for this kernel/);
});

test('another behaviour where only the code says what is right should be drift with a direction', async () => {
  const of = instance(empty, { clause: 'argument.value', instance: 'BO_CREATE.size-zero' });
  const argument = program.steps[empty]!.args[2]!;
  const buffer = argument.kind === 'address' ? argument.buffer : -1;
  const given = [{ buffer, offset: 12, bytes: Uint8Array.of(5) }];
  const extension = await verdict(of, { [empty]: { ret: 0n, errno: 0, diffs: given } });
  assert.is(extension.verdict, 'drift');
  assert.match(extension.reason, /^extension: /);
  assert.match((await verdict(of, { [empty]: failing('E2BIG') })).reason, /^regression suspect: /);
});

test('a failed control should leave the instance not reached, whatever the probe did', async () => {
  const found = await verdict(instance(unknown), {
    [control]: failing('EIO'),
    [unknown]: { ret: 0n, errno: 0 },
  });
  assert.is(found.verdict, 'not reached');
  assert.match(found.reason, /was to succeed and ended with EIO/);
});

test('an errno of the machine alone should not be green', async () => {
  const found = await verdict(instance(unknown), { [unknown]: failing('EINTR') });
  assert.is(found.verdict, 'not reached');
});

test('a newer kernel should leave undefined things unknown', async () => {
  assert.is((await verdict(instance(unknown, { newerMayDiffer: true }), {}, true)).verdict, 'unknown');
  assert.is((await verdict(instance(unknown), {}, true)).verdict, 'conforms');
});

test('what was not run should be unknown, and nothing tried never green', async () => {
  const whole = await reference.run(program);
  const trace: Trace = { ...whole, results: whole.results.slice(0, unknown) };
  assert.is(
    decide(instance(unknown), trace, builder.labels, judge(trace, setup), false, () => []).verdict,
    'unknown',
  );
  assert.is((await verdict({ ...instance(unknown), probes: [] })).verdict, 'not reached');
  assert.is((await verdict(instance(unknown, { notClaimed: 'why' }))).verdict, 'not claimed');
});

test('what a call had written before a control failed should count, and what it wrote behind it not', async () => {
  const argument = program.steps[asked]!.args[2]!;
  const buffer = argument.kind === 'address' ? argument.buffer : -1;
  const layout = { offset: 4, bytes: Uint8Array.of(0xff, 0xff, 0xff, 0xff) };
  const change = {
    [asked]: { ret: 0n, errno: 0, diffs: [{ buffer, ...layout }] },
    [late]: failing('EINVAL'),
  };
  const about = { clause: 'output.field', instance: 'DEV_QUERY.size' } as const;
  const before = await verdict(instance(asked, { ...about, controls: [opened, late] }), change);
  assert.is(before.verdict, 'violates');
  const behind = { ...change, [control]: failing('EINVAL') };
  assert.is((await verdict(instance(asked, about), behind)).verdict, 'not reached');
  const refused = { [asked]: failing('EIO'), [late]: failing('EIO') };
  const alike = await verdict(instance(asked, { ...about, controls: [opened, late] }), refused);
  assert.is(alike.verdict, 'not reached');
});

test.run();
