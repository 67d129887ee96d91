import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import type { VerdictEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { UsageError } from '../run/usage-error.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { seedsOf } from './seeds.ts';
import { recordingOf, session } from './session.test.helper.ts';

async function validated(name: string, file: TraceFile, kept?: (name: string, file: TraceFile) => string) {
  const target = await openTarget(name);
  const verdicts: VerdictEvent[] = [];
  try {
    const end = await validate(
      target,
      {
        seed: 1,
        runs: 0,
        tier: 'reversible',
        select: new Selection('model.outcome'),
        requireMust: false,
        version: '0',
        now: () => 0,
        recorded: (found, identity) =>
          seedsOf([{ path: 'folder/app.json', file }], found, identity, { seed: 1, tier: 'reversible' }),
        ...(kept ? { keepTrace: kept } : {}),
      },
      event => {
        if (event.event === 'verdict') verdicts.push(event);
      },
    );
    return { end, verdicts };
  } finally {
    await target.close();
  }
}

const of = (verdicts: readonly VerdictEvent[], call: string) =>
  verdicts.find(({ instance }) => instance === call);

test('what an application did, and what is near it, should conform on the strict reference', async () => {
  const { end, verdicts } = await validated('reference:ethosu', recordingOf(session));
  assert.is(end.status, 0);
  assert.is(of(verdicts, 'DRM_IOCTL_ETHOSU_BO_CREATE')?.verdict, 'conforms');
  assert.is(of(verdicts, 'DRM_IOCTL_GEM_CLOSE')?.verdict, 'conforms');
  assert.is(of(verdicts, 'DRM_IOCTL_ETHOSU_SUBMIT')?.verdict, 'not reached');
});

test('a fault that only a neighbour of it meets should be found, and kept small', async () => {
  const files: TraceFile[] = [];
  const target = 'reference:ethosu,mutant=drop.ethosu.bo_create.flags-unknown';
  const { end, verdicts } = await validated(target, recordingOf(session), (name, file) => {
    files.push(file);
    return name;
  });
  assert.is(end.status, 1);
  assert.is(of(verdicts, 'DRM_IOCTL_ETHOSU_BO_CREATE')?.verdict, 'violates');
  assert.match(files[0]?.finding.case ?? '', /^recorded\/app\.json with step \d+: argument byte 8 /);
  assert.is(files[0]?.program.steps.length, 2);
});

test('a recording of another driver, or of a call that may destroy, should be refused', async () => {
  const file = recordingOf(session);
  const ivpu = { ...file, target: { ...file.target, driver: 'ivpu' } };
  const refusal = async (wrong: TraceFile) =>
    validated('reference:ethosu', wrong).then(
      () => undefined,
      (error: Error) => error,
    );
  const found = await refusal(ivpu);
  assert.instance(found, UsageError);
  assert.match(found!.message, /app\.json comes from the driver ivpu/);
  const target = await openTarget('reference:ethosu');
  const driver = catalogue().drivers.get('ethosu')!;
  const call = driver.calls.get('DRM_IOCTL_GEM_CLOSE')!;
  const destructive = { ...call, semantics: { ...call.semantics, tier: 'destructive' as const } };
  const identity = {
    driver: { ...driver, calls: new Map([...driver.calls, [call.name, destructive]]) },
    version: undefined,
    nodePath: '/dev/accel/accel0',
    minor: 0,
    minors: [0],
    params: new Map(),
    missing: new Map(),
  };
  assert.throws(
    () => seedsOf([{ path: 'x', file }], target, identity, { seed: 1, tier: 'reversible' }),
    /^x: step 2 \(DRM_IOCTL_GEM_CLOSE.*may destroy something; leave it out, or name --tier destructive$/,
  );
  await target.close();
});

test.run();
