import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamEvent, VerdictEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { openTarget } from '../targets/open.ts';
import { validateNetlink } from './validate.ts';

async function run(name: string, select?: string, runs = 3) {
  const target = await openTarget(name);
  const events: StreamEvent[] = [];
  const options = {
    seed: 1,
    runs,
    tier: 'reversible',
    select: new Selection(select),
    requireMust: false,
    version: '0',
    now: () => 0,
  } as const;
  try {
    const end = await validateNetlink(target, options, event => events.push(event));
    const verdicts = events.filter((event): event is VerdictEvent => event.event === 'verdict');
    return { end, events, verdicts };
  } finally {
    await target.close();
  }
}

test('the strict reference should conform in everything, random requests and the log included', async () => {
  const { end, verdicts } = await run('reference:drm-ras');
  assert.is(end.status, 0);
  assert.equal(
    verdicts.filter(({ verdict }) => verdict !== 'conforms'),
    [],
  );
  const clauses = new Set(verdicts.map(({ clause }) => clause));
  for (const each of ['ras.nodes', 'ras.unprivileged', 'model.outcome', 'kernel.log'])
    assert.ok(clauses.has(each), each);
});

test('what is on record should be known, and end with 0', async () => {
  const { end, verdicts, events } = await run('reference:drm-ras,as=linux-7.3', 'ras.sparse,ras.multipart');
  assert.is(end.status, 0);
  const known = verdicts.filter(({ verdict }) => verdict === 'violates (known)');
  assert.equal(
    known.map(({ clause, instance, deviations }) => `${clause} ${instance} ${deviations}`).sort(),
    ['ras.multipart dumps drm-ras.dump.no-multi', 'ras.sparse link drm-ras.dump.last-gap'],
  );
  assert.is(events[0]?.event === 'run' && events[0].deviations.length, 2);
});

test('a mutant should violate, with what was allowed and seen and a line that runs it again', async () => {
  const { end, events } = await run(
    'reference:drm-ras,mutant=drm-ras.unprivileged',
    'ras.unprivileged@nobody',
  );
  assert.is(end.status, 1);
  const [finding] = events.filter(event => event.event === 'finding');
  assert.is(finding?.event === 'finding' && finding.expected, 'EPERM');
  assert.match(
    finding?.event === 'finding' ? finding.replay : '',
    /--select 'ras\.unprivileged@nobody' --seed 1$/,
  );
});

test('the strict reference of devlink should conform, and as found have what is on record', async () => {
  const strict = await run('reference:netdevsim', undefined, 2);
  assert.is(strict.end.status, 0);
  assert.equal(
    strict.verdicts.filter(({ verdict }) => verdict !== 'conforms'),
    [],
  );
  const found = await run('reference:netdevsim,as=linux-7.3', 'devlink.grace,devlink.message,devlink.report');
  assert.is(found.end.status, 0);
  const known = found.verdicts.filter(({ verdict }) => verdict === 'violates (known)');
  assert.equal(
    known.map(({ clause, instance, deviations }) => `${clause} ${instance} ${[...deviations].sort()}`).sort(),
    [
      'devlink.grace beyond 32 bits devlink.grace.32-bits',
      'devlink.message dummy netdevsim.message.unbalanced',
      'devlink.message long messages devlink.message.split,netdevsim.message.unbalanced',
      'devlink.report long messages devlink.message.too-long',
    ],
  );
});

test('a wrong name should be told in one sentence', async () => {
  const sentence = async (name: string, select?: string) => {
    try {
      await run(name, select);
    } catch (error) {
      return (error as Error).message;
    }
    return 'it ran';
  };
  assert.match(
    await sentence('reference:drm-ras,mutant=x'),
    /^there is no mutant x of drm-ras; expected one of drm-ras\.clear-ignored/,
  );
  assert.match(await sentence('reference:drm-ras,as=7.3'), /^as=7\.3 is no kernel release/);
  assert.match(
    await sentence('reference:drm-ras,abi=i386'),
    /takes no abi; expected as=linux-RELEASE or mutant=ID$/,
  );
  assert.match(
    await sentence('reference:drm-ras', 'handle.zero'),
    /^--select handle\.zero matches no clause instance/,
  );
});

test.run();
