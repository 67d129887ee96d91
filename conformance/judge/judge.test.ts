import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue, errnoNumber, type StepResult, type Trace } from '../../schemas/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { type JudgeSetup, judge } from './judge.ts';

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

/** open, BO_CREATE, BO_MMAP_OFFSET with pad, BO_WAIT: steps 0 to 3. */
async function sample(): Promise<Trace> {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open(setup.nodePath, O_RDWR);
  const { handle } = maker.freshHandle(fd, 'gem_handle')!;
  maker.call(fd, driver.calls.get('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET')!, { handle, pad: 1n });
  maker.call(fd, driver.calls.get('DRM_IOCTL_ETHOSU_BO_WAIT')!, { handle });
  return reference.run(builder.build());
}

function changed(trace: Trace, step: number, change: Partial<StepResult>): Trace {
  return {
    ...trace,
    results: trace.results.map((result, index) => (index === step ? { ...result, ...change } : result)),
  };
}

const differences = (trace: Trace) => judge(trace, setup).flatMap(judgement => judgement.differences);

test('a trace of the strict reference should have no difference', async () => {
  assert.equal(differences(await sample()), []);
});

test('a call that was to be refused and succeeds should name the check', async () => {
  const [difference] = differences(changed(await sample(), 2, { ret: 0n, errno: 0 }));
  assert.is(difference!.kind, 'outcome');
  assert.is(difference!.expected, 'EINVAL');
  assert.is(difference!.observed, 'success');
  assert.is(difference!.rule && 'check' in difference!.rule ? difference!.rule.check : '', 'pad-nonzero');
});

test('another errno should be told, an errno of the machine should not', async () => {
  const trace = await sample();
  const [difference] = differences(changed(trace, 3, { ret: -1n, errno: errnoNumber('EIO') }));
  assert.is(difference!.observed, 'EIO');
  const interrupted = judge(changed(trace, 3, { ret: -1n, errno: errnoNumber('EINTR') }), setup);
  assert.equal(interrupted[3]!.differences, []);
  assert.is(interrupted[3]!.environmental, 'EINTR');
});

test('one byte that no rule writes should be found', async () => {
  const trace = await sample();
  const buffer = trace.results[1]!.diffs[0]!.buffer;
  const [difference] = differences(
    changed(trace, 1, {
      diffs: [...trace.results[1]!.diffs, { buffer, offset: 8, bytes: Uint8Array.of(0x77) }],
    }),
  );
  assert.is(difference!.kind, 'bytes');
  assert.is(difference!.rule, undefined);
  assert.is(difference!.inArgument, true);
});

test('a handle that the driver may not give should be found, and any other should be followed', async () => {
  const trace = await sample();
  const handle = trace.results[1]!.diffs.find(diff => diff.offset === 12)!;
  const given = (value: number) =>
    changed(trace, 1, { diffs: [{ ...handle, bytes: Uint8Array.of(value, 0, 0, 0) }] });
  assert.equal(differences(given(9)), [], 'the judge must follow a handle of 9');
  assert.is(differences(given(0))[0]!.kind, 'choice');
});

test('a call that does not return should be told, and what follows is unknown', async () => {
  const judgements = judge(changed(await sample(), 2, { status: 'deadline' }), setup);
  assert.is(judgements[2]!.differences[0]!.kind, 'status');
  assert.is(judgements[3]!.state, 'unknown');
});

test('a cut trace should leave the rest unknown', async () => {
  const trace = await sample();
  const judgements = judge({ ...trace, results: trace.results.slice(0, 2) }, setup);
  assert.equal(
    judgements.map(judgement => judgement.state),
    ['judged', 'judged', 'unknown', 'unknown'],
  );
});

test.run();
