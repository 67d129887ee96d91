import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { openTarget } from '../targets/open.ts';
import { mismatch } from '../trace/mismatch.ts';
import { keptTraces, MUTANT } from '../trace/mutant-traces.test.helper.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { type Outcome, type ReplayVerdict, runReplay, verdictOf } from './replay.ts';

const it = suite('replay');

let folder = '';
let path = '';
let kept: TraceFile;

it.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-replay-'));
  path = join(folder, 'trace.json');
  kept = [...(await keptTraces(MUTANT, 'reserved')).values()][0]!;
  writeFileSync(path, JSON.stringify(kept));
});

it.after(() => rmSync(folder, { recursive: true }));

async function replay(
  target: string | undefined,
  flags: { runs?: string; format?: 'json'; c?: boolean } = {},
  file = path,
): Promise<{ status: number; text: string }> {
  let text = '';
  const status = await runReplay(file, target, { runs: '3', ...flags }, more => {
    text += more;
  });
  return { status, text };
}

async function refused(target: string | undefined, sentence: RegExp, file = path): Promise<void> {
  const found = await replay(target, {}, file).then(
    () => undefined,
    (error: Error) => error,
  );
  assert.instance(found, UsageError);
  assert.match(found!.message, sentence);
  assert.not.match(found!.message, '\n');
}

function changed(name: string, change: Partial<TraceFile>): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ ...kept, ...change }));
  return file;
}

it('says FLAKY for any mixture, else what every run said', () => {
  const cases: [Outcome[], ReplayVerdict][] = [
    [['none'], 'FIXED'],
    [['none', 'none', 'none'], 'FIXED'],
    [['same', 'same'], 'STILL'],
    [['other', 'other'], 'DIFFERENT'],
    [['same', 'none'], 'FLAKY'],
    [['same', 'other'], 'FLAKY'],
    [['none', 'none', 'other'], 'FLAKY'],
  ];
  for (const [outcomes, verdict] of cases) assert.is(verdictOf(outcomes), verdict, outcomes.join(' '));
});

it('says STILL on the mutant that the trace comes from, also without naming it', async () => {
  for (const target of [MUTANT, undefined]) {
    const { status, text } = await replay(target);
    assert.is(status, 1);
    assert.match(text, /^STILL {2}reserved\.\S+ @ DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET/);
    assert.match(text, '3 runs: 3 the same, 0 another, 0 no difference');
  }
});

it('says FIXED on the strict reference', async () => {
  const { status, text } = await replay('reference:ethosu', { runs: '2' });
  assert.is(status, 0);
  assert.match(text, /^FIXED /);
  assert.match(text, '2 runs: 0 the same, 0 another, 2 no difference');
});

it('says DIFFERENT, and what it saw, where something else is wrong', async () => {
  const file = changed('other.json', { finding: { ...kept.finding, observed: 'ENOSPC' } });
  const { status, text } = await replay(MUTANT, {}, file);
  assert.is(status, 1);
  assert.match(text, /^DIFFERENT /);
  assert.match(text, /\n {2}seen {5}\S/);
});

it('tells the same as JSON', async () => {
  const { verdict, outcomes, differences } = JSON.parse((await replay(MUTANT, { format: 'json' })).text);
  assert.is(verdict, 'STILL');
  assert.equal(outcomes, ['same', 'same', 'same']);
  assert.ok(differences.length > 0);
});

it('refuses a target of another driver, which would be judged by the wrong description', async () => {
  await refused(
    'reference:vgem',
    /trace\.json comes from the driver ethosu, and reference:vgem has the driver vgem; name a target of ethosu$/,
  );
});

it('refuses another ABI', async () => {
  await refused('reference:ethosu,abi=i386', /was made for the ABI \S+, and \S+ has i386; name a target/);
});

it('refuses another node, and a device that nothing makes do what the trace needs', async () => {
  const target = await openTarget('reference:ethosu');
  const { hello } = target.link;
  const same = {
    driver: catalogue().drivers.get('ethosu')!,
    version: undefined,
    nodePath: kept.target.node,
  };
  const plain = { name: 'exec:x', link: { hello } };
  assert.is(mismatch('t', kept, plain, same), undefined);
  assert.match(
    mismatch('t', kept, plain, { ...same, nodePath: '/dev/accel/accel7' })!,
    /t opens \/dev\/accel\/accel0, and exec:x is \/dev\/accel\/accel7/,
  );
  assert.match(
    mismatch('t', { ...kept, device: 'hang' }, plain, same)!,
    /needs a device that ends its jobs so: hang, and nothing makes that of exec:x do it/,
  );
  assert.is(mismatch('t', { ...kept, device: 'hang' }, target, same), undefined);
  await target.close();
});

it('names a driver without a description by what VERSION says', () => {
  const version = { name: 'newdrv', desc: '', major: 1n, minor: 0n, patchlevel: 0n };
  const identity = { driver: catalogue().core, version, nodePath: kept.target.node };
  const target = { name: 'exec:x', link: { hello: {} as never } };
  assert.match(mismatch('t', kept, target, identity)!, /exec:x has the driver newdrv;/);
});

it('answers what is no trace with one sentence', async () => {
  await refused(
    undefined,
    /nowhere\.json cannot be read \(ENOENT\); name a file/,
    join(folder, 'nowhere.json'),
  );
  const text = join(folder, 'text.json');
  writeFileSync(text, 'hello');
  const broken = await replay(undefined, {}, text).catch((error: Error) => error);
  assert.is((broken as Error).name, 'InvalidData');
  assert.match((broken as Error).message, /text\.json:1:1: there is "h", expected a JSON value$/);
  const found = await replay(undefined, {}, changed('half.json', { program: { steps: [] } as never })).catch(
    (error: Error) => error,
  );
  assert.is((found as Error).name, 'InvalidData');
  const runs = await replay(undefined, { runs: '0' }).catch((error: Error) => error);
  assert.match((runs as Error).message, /--runs 0 is no number of runs; expected 1 or more/);
});

it('replays lanes, and says that they have no form in C', async () => {
  const race = [
    ...(await keptTraces('reference:ethosu,mutant=race.close-twice', 'race.release')).values(),
  ][0]!;
  const file = join(folder, 'race.json');
  writeFileSync(file, JSON.stringify(race));
  assert.match((await replay('reference:ethosu', {}, file)).text, /^FIXED/);
  assert.match((await replay(undefined, {}, file)).text, /^STILL/);
  const inC = await replay(undefined, { c: true }, file).catch((error: Error) => error);
  assert.instance(inC, UsageError);
  assert.match((inC as Error).message, /race\.json runs steps side by side, which --c cannot print/);
});

it.run();
