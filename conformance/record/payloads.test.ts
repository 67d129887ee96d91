import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CallDescription, catalogue, type DriverDescription, type Link } from '../../schemas/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import type { VerdictEvent } from '../run/events.ts';
import { identify } from '../run/identity.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';
import { type TraceFile, traceTarget, writeProgram } from '../trace/trace-file.ts';
import { recordedPayloads } from './payloads.ts';
import { seedsOf } from './seeds.ts';

const SUBMIT = 'DRM_IOCTL_ETHOSU_SUBMIT';
/** A name for which the kit has no maker of jobs. */
const STRANGE = 'DRM_IOCTL_ETHOSU_STRANGE_SUBMIT';

/** ethosu with a call that the kit cannot build. */
function strange(): DriverDescription {
  const driver = catalogue().drivers.get('ethosu')!;
  const calls = new Map<string, CallDescription>(driver.calls);
  const call = { ...calls.get(SUBMIT)!, name: STRANGE };
  calls.delete(SUBMIT);
  calls.set(STRANGE, call);
  return { ...driver, calls };
}

/** A session with one job, as an application would make it. */
async function job(target: Target): Promise<TraceFile> {
  const driver = catalogue().drivers.get('ethosu')!;
  const context = await contextOf(target.link, driver);
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const call = driver.calls.get(SUBMIT)!;
  maker.call(fd, call, maker.goodArguments(fd, call)!.values);
  const program = builder.build();
  const { results } = await target.link.run(program);
  const nothing = { clause: 'record', instance: 'test', case: 'record', kind: 'recorded' };
  return {
    trace: 1,
    kit: '0',
    target: traceTarget('reference:ethosu', target.link.hello, context),
    finding: { ...nothing, step: 0, expected: '', observed: '' },
    recorded: {
      command: [],
      whole: true,
      masked: 0,
      left: [],
      results: results.map(({ errno, ret }) => ({ errno, ret: Number(ret), after: [] })),
    },
    program: writeProgram(program, builder.labels),
  };
}

async function contextOf(link: Link, driver: DriverDescription): Promise<PlanContext> {
  const { nodePath, minor, minors, params } = await identify(link, {});
  return { driver, hello: link.hello, nodePath, minor, minors, params, seed: 1 };
}

test('what an application submitted should be a good call, with all that it needs made anew', async () => {
  const target = await openTarget('reference:ethosu');
  const file = await job(target);
  assert.is(file.recorded!.results.at(-1)?.errno, 0);
  const plain = await contextOf(target.link, strange());
  const driver = recordedPayloads(plain, [{ path: 'x/app.json', file }]);
  const context = { ...plain, driver };
  const call = driver.calls.get(STRANGE)!;
  assert.equal(
    payloads(call).map(({ label }) => label),
    [`step ${file.program.steps.length - 1} of app.json`, 'as described'],
  );
  assert.is(outlook(context, call).kind, 'succeeds');
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const steps: number[] = [];
  for (let client = 0; client < 2; client += 1) {
    const { fd } = builder.open(context.nodePath, O_RDWR);
    const made = maker.goodArguments(fd, call)!;
    assert.is(made.setup.length, file.program.steps.length - 2);
    for (const handle of ['jobs[0].cmd_bo', 'jobs[0].region_bo_handles[0]'])
      if (made.values[handle] !== undefined)
        assert.is((made.values[handle] as { kind: string }).kind, 'slot', handle);
    steps.push(...made.setup, maker.call(fd, call, made.values));
  }
  const trace = await target.link.run(builder.build());
  for (const step of steps) assert.is(trace.results[step]?.errno, 0, builder.labels[step]);
  await target.close();
});

async function reached(recorded: boolean) {
  const target = await openTarget('reference:ethosu');
  const file = await job(target);
  const verdicts: VerdictEvent[] = [];
  const options = { seed: 1, tier: 'reversible' } as const;
  await validate(
    target,
    {
      ...options,
      runs: 2,
      select: new Selection(`argument@${STRANGE}*,handle@${STRANGE}*,output@${STRANGE}*`),
      requireMust: false,
      version: '0',
      now: () => 0,
      drivers: [strange()],
      ...(recorded
        ? { recorded: (found, identity) => seedsOf([{ path: 'app.json', file }], found, identity, options) }
        : {}),
    },
    event => {
      if (event.event === 'verdict' && event.instance.startsWith(STRANGE)) verdicts.push(event);
    },
  );
  await target.close();
  const count = (verdict: string) => verdicts.filter(each => each.verdict === verdict).length;
  const bad = verdicts
    .filter(each => !['conforms', 'not reached', 'not claimed'].includes(each.verdict))
    .map(({ clause, instance, verdict, reason }) => `${verdict} ${clause} ${instance} ${reason}`);
  return { conforms: count('conforms'), missed: count('not reached'), bad };
}

test('clauses about a call that the kit cannot build should be reached with a recording', async () => {
  const without = await reached(false);
  const with_ = await reached(true);
  assert.equal([without.bad, with_.bad], [[], []]);
  assert.ok(with_.conforms >= without.conforms + 5, `${without.conforms} and ${with_.conforms}`);
  assert.ok(with_.missed < without.missed, `${without.missed} and ${with_.missed}`);
});

test.run();
