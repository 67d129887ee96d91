/** extract as a user meets it, on a small header and on its next version. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import {
  type Answers,
  type Facts,
  lintRules,
  type Remark,
  type Semantics,
  validate,
} from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { type ExtractFlags, runExtract } from './extract.ts';
import { readDescriptions } from './header-facts.ts';

const HEADER = `/* SPDX-License-Identifier: MIT */
#include "drm.h"
#define DRM_NEWT_BO_CREATE 0x00
#define DRM_NEWT_WAIT(x) (x)
#define DRM_IOCTL_NEWT_BO_CREATE DRM_IOWR(DRM_COMMAND_BASE + DRM_NEWT_BO_CREATE, struct drm_newt_bo_create)
struct drm_newt_bo_create { __u64 size; __u32 flags; __u32 handle; };
`;
const NEXT = `${HEADER.replace('__u32 handle;', '__u32 handle; __u64 offset;').replace('__u32 flags;', '__u32 mode;')}
#define DRM_IOCTL_NEWT_IDLE DRM_IO(DRM_COMMAND_BASE + 1)
`;
const DRM =
  '#define DRM_COMMAND_BASE 0x40\n#define DRM_IO(nr) _IO(100, nr)\n#define DRM_IOWR(nr, type) _IOWR(100, nr, type)\n';

const test = suite<{ root: string; file: string; out: string }>('extract');
test.before.each(context => {
  context.root = mkdtempSync(join(tmpdir(), 'cli-extract-'));
  mkdirSync(join(context.root, 'include/drm'), { recursive: true });
  context.file = join(context.root, 'include/drm/newt_accel.h');
  context.out = join(context.root, 'out');
  writeFileSync(join(context.root, 'include/drm/drm.h'), DRM);
  writeFileSync(context.file, HEADER);
});
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

async function run(
  file: string,
  out: string,
  flags: Partial<ExtractFlags> = {},
  lint?: () => readonly Remark[],
): Promise<{ status: number; text: string }> {
  let text = '';
  const all = { out, kernel: '7.3.4', ...flags };
  const status = await runExtract(file, all, part => (text += part), lint);
  return { status, text };
}

async function refused(run: Promise<unknown>, sentence: RegExp): Promise<void> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof UsageError || (error as Error).name === 'InvalidData', String(error));
    assert.match((error as Error).message, sentence);
    return;
  }
  assert.unreachable();
}

test('a header should give facts, a manifest and a skeleton a call', async ({ file, out }) => {
  const { status, text } = await run(file, out, { questions: true });
  assert.is(status, 0);
  assert.match(
    text,
    /^drm\/newt_accel\.h, Linux 7\.3\.4: 1 ioctl, 1 type, 1 constant, 1 unresolved, 10 open questions\n/,
  );
  assert.match(text, /unresolved DRM_NEWT_WAIT: the macro takes parameters\n/);
  assert.match(text, /question newt\.bo_create fields\.handle: is this __u32 handle, out\?/);
  const facts = JSON.parse(readFileSync(join(out, 'facts/newt_accel.json'), 'utf8'));
  assert.is(validate<Facts>('facts', 'facts', facts).ioctls[0]?.number, 0x40);
  assert.equal(readdirSync(join(out, 'drivers/newt')), ['bo_create.yaml', 'driver.yaml']);
  const written = readFileSync(join(out, 'drivers/newt/bo_create.yaml'), 'utf8');
  assert.match(written, /\n {2}flags: \{ direction: in, role: flags \}\n/);
  assert.match(written, /\n {2}- \{ about: fields\.flags, ask: ".*" \}\n/);
  validate<Semantics>('semantics', 'semantics', parse(written));
});

test('an updated header should keep semantics and report what differs', async ({ file, out }) => {
  await run(file, out);
  const path = join(out, 'drivers/newt/bo_create.yaml');
  const mine = readFileSync(path, 'utf8').replace('Not described yet.', 'Make a buffer.');
  writeFileSync(path, mine);
  writeFileSync(file, NEXT);
  const { status, text } = await run(file, out);
  assert.is(status, 1);
  assert.match(text, /orphaned field DRM_IOCTL_NEWT_BO_CREATE flags: /);
  assert.match(text, /changed struct drm_newt_bo_create: its size was 16 bytes, is 24 bytes/);
  assert.match(text, /new field DRM_IOCTL_NEWT_BO_CREATE mode: /);
  assert.match(text, /new call DRM_IOCTL_NEWT_IDLE: nothing describes it yet/);
  assert.is(readFileSync(path, 'utf8'), mine);
  assert.equal(readdirSync(join(out, 'drivers/newt')), ['bo_create.yaml', 'driver.yaml', 'idle.yaml']);
  const again = await run(file, out);
  assert.not.match(again.text, /new call|changed/);
});

test('facts should keep their history with the same header, and its loss be told with another', async context => {
  const { file, out } = context;
  await run(file, out);
  const path = join(out, 'facts/newt_accel.json');
  const facts = JSON.parse(readFileSync(path, 'utf8'));
  facts.releases = [{ release: '7.3', header: 'drm/newt_accel.h' }];
  writeFileSync(path, JSON.stringify(facts));
  assert.not.match((await run(file, out)).text, /no longer say since which release/);
  assert.ok(JSON.parse(readFileSync(path, 'utf8')).releases);
  writeFileSync(file, NEXT);
  assert.match((await run(file, out)).text, /no longer say since which release/);
});

test('the folder of a driver should be found by its header, whatever its name', async ({ file, out }) => {
  mkdirSync(join(out, 'drivers/salamander'), { recursive: true });
  const manifest =
    'driver: s\nheader: drm/newt_accel.h\nmodule: s\nfeatures: []\nlevel: L1\nkernel: "7.3"\nsince: "7.3"\nparams: {}\nprofiles: {}\n';
  writeFileSync(join(out, 'drivers/salamander/driver.yaml'), manifest);
  await run(file, out);
  assert.equal(readdirSync(join(out, 'drivers')), ['salamander']);
  assert.is(readFileSync(join(out, 'drivers/salamander/driver.yaml'), 'utf8'), manifest);
});

test('what lint finds should be printed', async ({ file, out }) => {
  const rule = lintRules.find(({ id }) => id === 'layout.hole')!;
  const remark = { rule, subject: 'a', message: 'struct a has a hole' };
  const { text } = await run(file, out, {}, () => [remark]);
  assert.match(text, new RegExp(`\\n {2}${rule.severity} layout\\.hole: struct a has a hole\\n`));
  writeFileSync(file, HEADER.replace('__u32 handle;', ''));
  assert.match((await run(file, out)).text, /(error|warning|info) layout\./);
});

test('the same header should keep the source that its facts name', async ({ file, out }) => {
  const path = join(out, 'facts/newt_accel.json');
  await run(file, out, { packageVersion: '7.3.4-1' });
  const before = readFileSync(path, 'utf8');
  assert.match(before, /"package": "linux-libc-dev",\s+"version": "7\.3\.4-1"/);
  await run(file, out);
  assert.is(readFileSync(path, 'utf8'), before);
});

test('a header that cannot be read should be refused and nothing be written', async ({ root, file, out }) => {
  for (const [text, sentence] of [
    ['struct s { __u32 a\n', /newt_accel\.h:1: the declaration at struct cannot be parsed as C/],
    ['#if 1\n', /#if without #endif; mend the header/],
    ['/* nothing */\n', /defines no constant, type or ioctl/],
  ] as const) {
    writeFileSync(file, text);
    await refused(run(file, out), sentence);
  }
  await refused(run(join(root, 'none.h'), out), /there is no file/);
  await refused(run(file, out, { kernel: 'x' }), /--kernel x is no kernel release/);
  assert.equal(readdirSync(root), ['include']);
});

test('broken files in the folder should be named and nothing be written', async ({ file, out }) => {
  await run(file, out);
  const path = join(out, 'drivers/newt/bo_create.yaml');
  writeFileSync(path, 'call: [\n');
  writeFileSync(file, NEXT);
  const before = readFileSync(join(out, 'facts/newt_accel.json'), 'utf8');
  await refused(run(file, out), /bo_create\.yaml:\d+:\d+: this is no YAML .*; mend it/);
  writeFileSync(path, 'call: X\n');
  await refused(run(file, out), /bo_create\.yaml:1:1: .*semantics\.schema\.json/);
  assert.is(readFileSync(join(out, 'facts/newt_accel.json'), 'utf8'), before);
  assert.not.ok(readdirSync(join(out, 'drivers/newt')).includes('idle.yaml'));
});

/** Takes every guess of an answers file; a summary has none. */
function answerAll(path: string, given: Readonly<Record<string, unknown>> = {}): void {
  const file = parse(readFileSync(path, 'utf8')) as Answers;
  for (const question of file.questions)
    question.answer = (given[question.id] ??
      (question.guess !== '' ? 'yes' : question.id.endsWith('values') ? [] : 'Does it.')) as string;
  writeFileSync(path, JSON.stringify(file));
}

test('answers should make descriptions of level L2 that load, and keep what was written', async ({
  file,
  out,
}) => {
  const answers = join(out, 'answers.yaml');
  const first = await run(file, out, { answers });
  assert.match(first.text, /\d+ questions written to \S+answers\.yaml, \d+ open in all\n/);
  assert.match(first.text, /0 of 1 calls are described; level L1/);
  assert.match(readFileSync(answers, 'utf8'), /^# Questions about newt /);
  answerAll(answers);
  const { text } = await run(file, out, { answers });
  assert.match(text, /0 questions written to \S+, 0 open in all/);
  assert.match(text, /1 of 1 calls are described; level L2/);
  const [driver] = readDescriptions(out);
  assert.is(driver!.manifest.level, 'L2');
  const { semantics } = driver!.calls.get('DRM_IOCTL_NEWT_BO_CREATE')!;
  assert.is(semantics.fields.handle!.resource, 'gem_handle');
  assert.is(semantics.questions, undefined);
  // By hand from here on.
  const place = join(out, 'drivers/newt/bo_create.yaml');
  const own = readFileSync(place, 'utf8').replace('Does it.', 'Make a buffer.');
  writeFileSync(place, own);
  await run(file, out, { answers });
  assert.is(readFileSync(place, 'utf8'), own);
});

test('an answer that names what is not there should be refused with its place', async ({ file, out }) => {
  const answers = join(out, 'answers.yaml');
  await run(file, out, { answers });
  const wrong: readonly [id: string, answer: unknown, sentence: RegExp][] = [
    [
      'bo_create.flags.values',
      'drm_newt_flags',
      /answers\.yaml:\d+:\d+: .*the header has no enum drm_newt_flags/,
    ],
    [
      'bo_create.flags.errno',
      'ENONSENSE',
      /bo_create\.flags\.errno: ENONSENSE is no errno; expected one such as/,
    ],
    ['bo_create.size.role', 'weight', /bo_create\.size\.role: weight is none of bytes, count/],
    ['bo_create.size.valid', ['big'], /bo_create\.size\.valid: big is no number/],
    ['bo_create.summary', 'yes', /bo_create\.summary: nothing is guessed, so yes is no answer; write one/],
    ['driver.since', 7.2, /driver\.since: write the release in quotes/],
  ];
  for (const [id, answer, sentence] of wrong) {
    answerAll(answers, { [id]: answer });
    await refused(run(file, out, { answers }), sentence);
  }
  answerAll(answers, { 'bo_create.handle.direction': 'in', 'bo_create.handle.resource': 'thing' });
  await run(file, out, { answers });
  answerAll(answers, { 'bo_create.handle.direction': 'in', 'bo_create.handle.resource': 'thing' });
  await refused(
    run(file, out, { answers }),
    /the answers do not fit together: .*no call makes a handle of the resource thing/,
  );
});

test.run();
