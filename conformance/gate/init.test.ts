import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DRM_PRELUDE } from '../../schemas/index.ts';
import { runGate } from '../cli/gate.ts';
import { packageRoot } from '../cli/version.ts';
import { UsageError } from '../run/usage-error.ts';
import { gate } from './gate.ts';
import { readSubmission } from './submission.ts';

const it = suite('gate --init');
let folder = '';
let include = '';
let header = '';

it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-init-'));
  include = join(folder, 'include');
  mkdirSync(join(include, 'drm'), { recursive: true });
  // What a header needs of the core's; this machine may have none.
  writeFileSync(join(include, 'drm/drm.h'), DRM_PRELUDE);
  const text = readFileSync(join(packageRoot(), 'reference/module/uapi/drm/accelref_accel.h'), 'utf8');
  header = join(folder, 'newt_accel.h');
  writeFileSync(header, text.replaceAll('accelref', 'newt').replaceAll('ACCELREF', 'NEWT'));
});

it.after(() => rmSync(folder, { recursive: true }));

async function init(name: string, from = header, headers = include) {
  const place = join(folder, name);
  let text = '';
  await runGate(place, { init: from, include: headers }, more => {
    text += more;
  });
  return { place, text };
}

const refusal = (...words: Parameters<typeof init>) =>
  init(...words).then(
    () => undefined,
    (error: Error) => error,
  );

it('makes every part that a manifest names, but the claim', async () => {
  const { place, text } = await init('whole');
  assert.match(text, /what is left to write is marked TO-BE-WRITTEN\n$/);
  const { manifest } = readSubmission(place);
  assert.is(manifest.driver, 'newt');
  assert.equal(
    manifest.library.ioctls?.map(({ call }) => call),
    ['BO_CREATE', 'BO_WAIT', 'SUBMIT', 'EVENT', 'CONTROL'].map(name => `DRM_IOCTL_NEWT_${name}`),
  );
  assert.is(readFileSync(join(place, manifest.header), 'utf8'), readFileSync(header, 'utf8'));
  assert.ok(existsSync(join(place, 'description/facts/newt_accel.json')));
  assert.equal(readdirSync(join(place, 'description/drivers/newt')).sort(), [
    'bo_create.yaml',
    'bo_wait.yaml',
    'control.yaml',
    'driver.yaml',
    'event.yaml',
    'submit.yaml',
  ]);
  for (const name of [...manifest.documentation, 'library/Makefile', 'library/libnewt.c', 'library/LICENSE'])
    assert.match(readFileSync(join(place, name), 'utf8'), /TO-BE-WRITTEN/, name);
});

it('is refused by the gate for what is still to be written, and for nothing else', async () => {
  const { place } = await init('scaffold');
  const [submission, ...others] = await gate(place, { model: true, include });
  assert.equal([submission?.check, submission?.outcome], ['submission', 'refused']);
  const missing = submission!.problems.filter(problem => !/still as gate --init made it/.test(problem));
  assert.equal(missing, ['claim: there is no file claim.json in the submission']);
  assert.ok(others.every(({ outcome }) => outcome === 'not looked at'));
});

it('is looked at further once nothing is marked: the questions that the header leaves open come next', async () => {
  const { place } = await init('marked');
  const { manifest } = readSubmission(place);
  for (const name of ['submission.yaml', ...manifest.documentation, manifest.library.licenceFile]) {
    const path = join(place, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('TO-BE-WRITTEN', 'written'));
  }
  writeFileSync(join(place, 'claim.json'), '{}');
  const findings = await gate(place, { model: true, include });
  const of = (name: string) => findings.find(({ check }) => check === name);
  assert.is(of('submission')?.outcome, 'passed', of('submission')?.problems.join());
  assert.is(of('header')?.outcome, 'passed', of('header')?.problems.join());
  assert.is(of('description')?.outcome, 'refused');
  assert.match(
    of('description')!.problems.join(),
    /leaves a question open|only a skeleton: answer its questions/,
  );
});

it('touches nothing that is there, and leaves nothing behind when it cannot be made', async () => {
  const { place } = await init('twice');
  const before = readFileSync(join(place, 'submission.yaml'), 'utf8');
  writeFileSync(join(place, 'submission.yaml'), `${before}# mine\n`);
  const again = await refusal('twice');
  assert.instance(again, UsageError);
  assert.match(again!.message, /twice is not empty; name a folder that is not there yet$/);
  assert.is(readFileSync(join(place, 'submission.yaml'), 'utf8'), `${before}# mine\n`);
  const empty = join(folder, 'empty.h');
  writeFileSync(empty, '#define NOTHING 1\n');
  for (const [name, from, headers, sentence] of [
    ['no-headers', header, join(folder, 'nowhere'), /--include \S+ holds no drm\/drm\.h; name the folder/],
    ['no-header', join(folder, 'missing.h'), include, /missing\.h/],
    ['no-ioctl', empty, include, /empty\.h/],
  ] as const) {
    const wrong = await refusal(name, from, headers);
    assert.instance(wrong, UsageError, name);
    assert.match(wrong!.message, sentence);
    assert.not.match(wrong!.message, '\n');
    assert.not.ok(existsSync(join(folder, name)), name);
  }
});

it.run();
