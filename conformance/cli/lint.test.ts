/** `accel-uapi lint` as a user meets it: a child process, its outputs and its exit status. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LintRun, lintRules, validate } from '../../schemas/index.ts';
import { clauses } from '../../spec/index.ts';
import { type LintFlags, runLint } from './lint.ts';
import { explainError } from './validate.ts';
import { commandPath, packageRoot } from './version.ts';

const MAIN = commandPath();
const LIMIT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-lint-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** In a process of its own: what a user sees. */
function command(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: LIMIT_MS });
}

/** In this process, which is quicker. */
async function lint(...words: string[]): Promise<{ status: number; stdout: string }> {
  return lintWith({}, ...words);
}

async function lintWith(flags: LintFlags, ...words: string[]): Promise<{ status: number; stdout: string }> {
  let stdout = '';
  const status = await runLint(words, flags, text => {
    stdout += text;
  });
  return { status, stdout };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function refused(sentence: RegExp, word: string | undefined, flags: LintFlags = {}): Promise<void> {
  try {
    await lintWith(flags, ...(word === undefined ? [] : [word]));
  } catch (error) {
    assert.is(explainError(error)?.status, 2, String(error));
    assert.match((error as Error).message, sentence);
    assert.not.match((error as Error).message, /\n/);
    return;
  }
  assert.unreachable(`${word} was taken`);
}

const BAD = `/* SPDX-License-Identifier: MIT */
#include "drm.h"
/** struct drm_y_info - Information */
struct drm_x_info {
	__u32 id;
	__u64 size;
};
#define DRM_IOCTL_X_INFO DRM_IOWR(DRM_COMMAND_BASE + 0x00, struct drm_x_info)
`;

test('the collection should end with 0 and say how much is waived', async () => {
  const { status, stdout, stderr } = command('lint');
  assert.is(status, 0, stderr + stdout);
  assert.match(stdout, /\n8 headers: 0 errors, 0 warnings, \d+ for information; \d\d waived\n$/);
});

test('a header should be read where it lies, with its comments', async () => {
  const path = file('include/drm/x_accel.h', BAD);
  const { status, stdout } = await lint(path);
  assert.is(status, 1);
  assert.ok(
    stdout.includes(`${path}:6: error: drm_x_info has 4 unnamed bytes at offset 4, before size`),
    stdout,
  );
  assert.match(stdout, /\[number\.abi\]/);
  assert.match(stdout, /titled drm_y_info \[doc\.unknown-struct\]/);
});

test('a header that is in order should end with 0', async () => {
  const good = BAD.replace('drm_y_info', 'drm_x_info').replace('id;', 'id;\n\t__u32 pad;');
  const { status, stdout } = await lint(file('good/x_accel.h', good));
  assert.is(status, 0, stdout);
  assert.match(stdout, /0 errors, 0 warnings, 0 for information/);
});

test('waivers of a file should be needed, and accept what they name', async () => {
  const path = file('include/drm/x_accel.h', BAD);
  const waiver = (rule: string, subject: string) =>
    `  - { rule: ${rule}, subject: ${subject}, reason: a test }\n`;
  const all = [
    waiver('layout.hole', 'drm_x_info.size'),
    waiver('layout.size-8', 'drm_x_info'),
    waiver('layout.abi', 'drm_x_info'),
    waiver('number.abi', 'DRM_IOCTL_X_INFO'),
  ];
  const waivers = (...lines: string[]) => file('waivers.yaml', `waivers:\n${lines.join('')}`);
  assert.is((await lintWith({ waivers: waivers(...all) }, path)).status, 0);
  const unused = await lintWith({ waivers: waivers(...all, waiver('layout.tail', 'drm_x_info')) }, path);
  assert.is(unused.status, 1);
  assert.match(unused.stdout, /nothing needs the waiver of layout\.tail for drm_x_info/);
  await refused(/there is no rule layout\.hol;/, path, { waivers: waivers(waiver('layout.hol', 'a')) });
  await refused(/none\.yaml cannot be read \(ENOENT\)/, path, { waivers: join(folder, 'none.yaml') });
});

test('json should fit its schema', async () => {
  const { status, stdout } = await lintWith({ format: 'json' }, 'ivpu');
  assert.is(status, 0);
  const run = validate<LintRun>('lint', 'the output', JSON.parse(stdout));
  assert.is(run.subjects[0]!.name, 'ivpu');
  assert.is(run.counts.waived, run.subjects[0]!.remarks.filter(({ waived }) => waived).length);
  assert.ok(run.counts.waived > 0);
  validate('lint', 'the rules', JSON.parse((await lintWith({ rules: true, format: 'json' })).stdout));
});

test("a driver's folder and a folder of descriptions should be read", async () => {
  const root = join(packageRoot(), 'schemas');
  const own = join(folder, 'ethosu');
  cpSync(join(root, 'drivers/ethosu'), own, { recursive: true });
  assert.is((await lint(own)).status, 0);
  rmSync(join(own, 'waivers.yaml'));
  const bare = await lint(own);
  assert.match(bare.stdout, /10 described calls[^\n]*\n[\s\S]*number\.direction-unused/);
  assert.match((await lint(root)).stdout, /\n8 headers: 0 errors/);
  await refused(/fields lacks flags/, withoutFlags(own));
});

function withoutFlags(own: string): string {
  const call = `call: DRM_IOCTL_ETHOSU_BO_CREATE\nkey: bo_create\nsummary: Bad.\nfields:\n  size: { direction: in, role: bytes }\n  handle: { direction: in, role: handle }\nbody: []\n`;
  writeFileSync(join(own, 'bo_create.yaml'), call);
  return own;
}

test('facts should be read, and a header of the collection with the description that fits it', async () => {
  const facts = join(packageRoot(), 'schemas/facts/ethosu_accel.json');
  const { status, stdout } = await lint(facts);
  assert.is(status, 0, stdout);
  assert.match(stdout, /^ethosu: facts, 10 described calls; 1 remark, 7 waived/);
});

test('wrong usage should show one sentence and nothing else', async () => {
  const { status, stdout, stderr } = command('lint', 'ivpo');
  assert.is(status, 2);
  assert.is(stdout, '');
  assert.match(stderr, /^accel-uapi: ivpo is neither[^\n]*\n$/);
});

test('what cannot be read should end with 2 and one sentence', async () => {
  await refused(/ivpo is neither a file nor a driver \(did you mean ivpu\?\); expected a header/, 'ivpo');
  await refused(/is none of what lint reads; expected a header/, file('x.txt', 'x'));
  await refused(/x\.json:1:2: there is the end of the file, expected a key in quotes/, file('x.json', '{'));
  await refused(/the file must have required property/, file('y.json', '{}'));
  await refused(/cannot be read as a C header: .*#if without #endif/, file('x.h', '#if 1\n'));
  await refused(
    /drm\/z\.h: struct drm_clip_rect of drm\/z\.h differs/,
    file('z.h', 'struct drm_clip_rect {\n\t__u32 x;\n};\n'),
  );
  await refused(
    /driver\.yaml:1:\d+: this is no YAML/,
    join(file('broken/driver.yaml', 'a: [').replace('/driver.yaml', '')),
  );
  refused(
    /there are no facts of drm\/none\.h/,
    join(file('none/driver.yaml', 'header: drm/none.h').replace('/driver.yaml', '')),
  );
  await refused(/--rules lists the rules and takes no path/, 'ivpu', { rules: true });
});

test('explain should print a rule with both examples, and no rule should have the id of a clause', async () => {
  const run = command('explain', 'layout.hole');
  assert.is(run.status, 0, run.stderr);
  assert.match(
    run.stdout,
    /severity +error[\s\S]*because[\s\S]*source[\s\S]*breaks it\n\n {4}struct drm_x_info/,
  );
  const ids = new Set<string>(clauses.map(({ id }) => id));
  assert.equal(
    lintRules.filter(({ id }) => ids.has(id)).map(({ id }) => id),
    [],
  );
});

test.run();
