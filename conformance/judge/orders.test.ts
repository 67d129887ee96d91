/** Lanes before the judge: an order that explains them, none, and times that leave orders out. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue, type StepResult, sectionsOf, type Trace } from '../../schemas/index.ts';
import { raceOfWaits } from '../families/race-wait.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR } from '../plan/context.ts';
import { type JudgeSetup, judge } from './judge.ts';
import { ordersOf } from './orders.ts';

const driver = catalogue().drivers.get('accelref')!;
const profile = Object.keys(driver.manifest.profiles)[0]!;
const reference = createReference({ driver, profile });
const params = profileParams(driver, profile);
const place = { minor: 0, nodePath: '/dev/accel/accel0', params } as const;
const setup: JudgeSetup = { driver, abi: 'x86_64', pageSize: 4096, ...place };
const context = { driver, hello: reference.hello, ...place, minors: [0], seed: 1 };

/** open, BO_CREATE, then GEM_CLOSE of it in two lanes, then in a third as well: steps 3 and 4 (and 5). */
function closes(lanes: number, offsets: number[]) {
  const builder = new ProgramBuilder();
  const { fd } = builder.open(place.nodePath, O_RDWR);
  const maker = new CallMaker(builder, context);
  const { handle } = maker.freshHandle(fd, 'gem_handle')!;
  const close = driver.calls.get('DRM_IOCTL_GEM_CLOSE')!;
  builder.parallel(
    'close',
    Array.from(
      { length: lanes },
      () => () => void new CallMaker(builder, context).call(fd, close, { handle }),
    ),
    offsets,
  );
  builder.close(fd);
  return builder.build();
}

const differences = (trace: Trace) => judge(trace, setup).flatMap(each => each.differences);
const errnos = ({ results }: Trace) => results.slice(3, -1).map(({ errno }) => errno);

function changed(trace: Trace, step: number, change: Partial<StepResult>): Trace {
  const results = trace.results.map(result => (result.step === step ? { ...result, ...change } : result));
  return { ...trace, results };
}

test('whichever lane came first, the trace should be right', async () => {
  for (const offsets of [
    [0, 1],
    [1, 0],
    [0, 50],
    [50, 0],
  ]) {
    const trace = await reference.run(closes(2, offsets));
    assert.equal(differences(trace), [], offsets.join());
  }
  const three = await reference.run(closes(3, [2, 0, 1]));
  assert.equal(errnos(three), [22, 0, 22]);
  assert.equal(differences(three), []);
});

test('two that succeed should be told, with the order in which least is wrong', async () => {
  const trace = await reference.run(closes(2, [0, 1]));
  const both = changed(trace, 4, { ret: 0n, errno: 0 });
  const [difference, ...others] = differences(both);
  assert.equal(others, []);
  assert.is(difference!.expected, 'EINVAL');
  assert.is(difference!.observed, 'success');
  assert.is(difference!.order!.length, 2);
});

test('a call that was over before another began should come first', async () => {
  const trace = await reference.run(closes(2, [0, 50]));
  assert.equal(errnos(trace), [0, 22]);
  const [section] = sectionsOf(trace.program);
  const before = (step: number) => trace.results[step]!.before;
  assert.equal([...ordersOf(trace, section!, before)], [[3, 4]]);
  // As if the later one had won.
  const wrong = changed(changed(trace, 3, { ret: -1n, errno: 22 }), 4, { ret: 0n, errno: 0 });
  assert.is(differences(wrong).length, 1);
  const meet = await reference.run(closes(3, [0, 0, 0]));
  const [three] = sectionsOf(meet.program);
  assert.is([...ordersOf(meet, three!, step => meet.results[step]!.before)].length, 6);
});

test('a wait that ran out must have seen what had happened before its deadline', async () => {
  const calls = ['SIGNAL', 'WAIT'].map(name => driver.calls.get(`DRM_IOCTL_SYNCOBJ_${name}`)!);
  const [race] = raceOfWaits(context, calls);
  const { program } = race!.play()!;
  const trace = await reference.run(program);
  assert.equal(differences(trace), []);
  const [{ lanes }] = sectionsOf(program) as [ReturnType<typeof sectionsOf>[0]];
  const wait = lanes[0]!.first;
  const late = trace.results[wait]!.before + 3_000_000_000n;
  const out = changed(trace, wait, { ret: -1n, errno: 62, after: late, diffs: [] });
  const [difference] = differences(out);
  assert.is(difference!.observed, 'ETIME');
  assert.is(difference!.expected, 'success');
});

test('a section that was cut should blame the step that did not return, and nothing else', async () => {
  const trace = await reference.run(closes(2, [0, 1]));
  const cut: Trace = changed(changed(trace, 3, { status: 'deadline', ret: -1n, signal: 9 }), 4, {
    status: 'died',
    ret: -1n,
    errno: 0,
    signal: 9,
  });
  const judged = judge({ ...cut, results: cut.results.slice(0, 5) }, setup);
  assert.equal(
    judged.map(({ state }) => state),
    ['judged', 'judged', 'judged', 'judged', 'unknown', 'unknown'],
  );
  assert.is(judged[3]!.differences[0]!.kind, 'status');
});

test.run();
