import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, type LogRecord, netlinkFamilies, type StepResult } from '../../schemas/index.ts';
import { openTarget } from '../targets/open.ts';
import { driverOf, type Finding, findings, makeProgram, modelOf, shows } from './index.ts';
import { explained } from './program.ts';

/** The shortest that suffices; the last two of a longer one are what frees and what looks. */
const MOST_STEPS = 8;

/** The name of the driver's reference. */
function nameOf(finding: Finding): string {
  const { name, profile } = driverOf(finding);
  return `reference:${name}${profile === undefined ? '' : `,profile=${profile}`}`;
}

/** What of the requests to a family shows the finding on its model. */
async function seenOfFamily(finding: Finding, asFound: boolean): Promise<string | undefined> {
  const link = modelOf(finding, asFound);
  const made = await makeProgram(finding, link, undefined);
  const { results } = await link.run(made.program);
  await link.close();
  return shows(finding, { results, lines: [] }, made.step);
}

/** What of a run on the model shows the finding. */
async function seenOn(finding: Finding, options: string): Promise<string | undefined> {
  const target = await openTarget(`${nameOf(finding)}${options}`);
  try {
    const made = await makeProgram(finding, target.link, target.nodePath);
    await target.link.device?.(finding.device?.kind === 'late' ? 'late' : 'complete');
    const results: StepResult[] = [];
    const lines: string[] = [];
    await target.link.run(made.program, (event: StepResult | LogRecord) => {
      if ('text' in event) lines.push(event.text);
      else results[event.step] = event;
    });
    return shows(finding, { results, lines }, made.step);
  } finally {
    await target.close();
  }
}

/** A machine's files and its device's registers are not modelled. */
const modelled = findings.filter(({ who, lie }) => who === 'client' && lie === undefined);

test('a finding should have an id of its own, a source line and one thing that shows it', () => {
  assert.is(new Set(findings.map(({ id }) => id)).size, findings.length);
  for (const { id, source, log, ends, holds } of findings) {
    assert.match(id, /^[a-z0-9-]+$/);
    assert.match(source, /^(drivers|include|net)\/[a-z0-9/_-]+\.[ch]:\d+$/, id);
    assert.is([log, ends, holds].filter(each => each !== undefined).length, 1, id);
  }
});

test('a program should be short, and show its finding at one of its steps', async () => {
  for (const finding of findings) {
    const link = modelOf(finding);
    const { program, step, labels } = await makeProgram(finding, link, undefined);
    await link.close();
    assert.ok(program.steps.length <= MOST_STEPS, `${finding.id} has ${program.steps.length} steps`);
    assert.is(labels.length, program.steps.length, finding.id);
    assert.ok(step < program.steps.length, finding.id);
    const dropped = program.steps.findIndex(({ op }) => op === 'identity');
    assert.is(dropped, finding.who === 'client' ? 0 : -1, `${finding.id} is shown by ${finding.who}`);
  }
});

for (const finding of modelled)
  test(`${finding.id} should ${finding.described ? '' : 'not '}show on the strict reference`, async () => {
    assert.is((await seenOn(finding, '')) !== undefined, finding.described === true);
  });

for (const finding of modelled.filter(({ deviation, ends }) => deviation !== undefined && ends))
  test(`${finding.id} should show on the reference as found`, async () => {
    assert.ok(await seenOn(finding, ',as=linux-7.3.4'));
  });

for (const finding of findings.filter(({ profile }) => profile !== undefined))
  test(`${finding.id} should show on the model of the family as found, and on no other`, async () => {
    const elsewhere = finding.profile !== undefined && finding.elsewhere === true;
    assert.is((await seenOfFamily(finding, true)) !== undefined, !elsewhere);
    assert.is(await seenOfFamily(finding, false), undefined);
  });

for (const finding of findings.filter(({ profile }) => profile !== undefined))
  test(`the trace of ${finding.id} should name a difference that its record explains`, async () => {
    const link = modelOf(finding, true);
    const made = await makeProgram(finding, link, undefined);
    const trace = await link.run(made.program);
    await link.close();
    assert.ok(await explained(finding, made, trace));
  });

test('what shows a finding should be its own outcome, or its own line of the kernel', () => {
  const one = findings.find(({ ends }) => ends?.wrong === 'success')!;
  const result = { step: 0, status: 'done', ret: 0n, errno: 0, signal: 0, before: 0n, after: 0n } as const;
  const run = (more: object) => ({ results: [{ ...result, diffs: [], hashes: [], ...more }], lines: [] });
  assert.match(shows(one, run({}), 0)!, /^step 0 ended with success instead of E/);
  assert.is(shows(one, run({ errno: 22 }), 0), undefined);
  assert.is(shows(one, run({ status: 'killed' }), 0), undefined);
  assert.is(shows(one, { results: [], lines: [] }, 0), undefined);
  const logged = findings.find(({ id }) => id === 'get-magic-null')!;
  const lines = ['  2  DRM_IOCTL_GET_MAGIC[ 1.0] NULL pointer dereference at 24', 'more'];
  assert.is(shows(logged, { results: [], lines }, 2), 'NULL pointer dereference at 24');
  assert.is(shows(logged, { results: [], lines: ['quiet'] }, 2), undefined);
  const held = findings.find(({ holds }) => holds !== undefined)!;
  assert.match(shows(held, run({ ret: held.holds!.wrong }), 0)!, / instead of /);
  assert.is(shows(held, run({ ret: held.holds!.wrong, errno: 14 }), 0), undefined);
  assert.is(shows(held, run({ ret: 7n }), 0), undefined);
});

test('a record that a finding names should be there', () => {
  const records = [...catalogue().drivers.values(), ...netlinkFamilies().values()].flatMap(({ deviations }) =>
    deviations.map(({ id }) => id),
  );
  for (const { id, deviation } of findings)
    if (deviation !== undefined) assert.ok(records.includes(deviation), id);
});

test.run();
