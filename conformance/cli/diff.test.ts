/** `accel-uapi diff` as a user meets it: what it reads, what it prints, how it ends. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Diff, validate } from '../../schemas/index.ts';
import { type DiffFlags, runDiff } from './diff.ts';
import { runExplain } from './explain.ts';
import { explainError } from './validate.ts';
import { commandPath, packageRoot } from './version.ts';

const MAIN = commandPath();
const SCHEMAS = join(packageRoot(), 'schemas');
/** Without what the test runner says about colours: Node warns when both are set. */
const { FORCE_COLOR: _force, NO_COLOR: _no, ...PLAIN } = process.env;
const LIMIT_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-diff-'));

const OLD = `#include "drm.h"
#define DRM_X_GET 0
struct drm_x_get { __u64 size; __u32 flags; __u32 handle; };
#define DRM_IOCTL_X_GET DRM_IOWR(DRM_COMMAND_BASE + DRM_X_GET, struct drm_x_get)
`;
const BROKEN = OLD.replace('__u64 size; __u32 flags;', '__u32 flags; __u64 size;');

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The whole program, in a process of its own. */
function program(...args: string[]): Result {
  const options = { encoding: 'utf8', timeout: LIMIT_MS, env: PLAIN } as const;
  return spawnSync(process.execPath, [MAIN, ...args], options);
}

/** The command in this process; an error that the user made as the program reports it. */
async function run(old?: string, now?: string, flags: DiffFlags = {}): Promise<Result> {
  let stdout = '';
  try {
    const status = await runDiff({ old, new: now }, flags, text => {
      stdout += text;
    });
    return { status, stdout, stderr: '' };
  } catch (error) {
    const known = explainError(error);
    if (!known) throw error;
    return { status: known.status, stdout, stderr: known.sentence };
  }
}

test('two headers that lie alone should be compared, 80 columns wide, and end with 1 when one breaks', async () => {
  const [old, now] = [file('a/x_accel.h', OLD), file('b/x_accel.h', BROKEN)];
  const { status, stdout } = program('diff', old, now);
  assert.is(status, 1, stdout);
  assert.match(stdout, /drm_x_get\.size lies at offset 8/);
  assert.match(stdout, /wire\.field-moved {2}drm\/x_accel\.h:3/);
  for (const line of stdout.split('\n').filter(each => !each.includes(folder)))
    assert.ok(line.length <= 80, line);
  assert.is((await run(old, old)).status, 0);
});

test('the JSON should keep its meta-schema', async () => {
  const [old, now] = [file('a/x_accel.h', OLD), file('b/x_accel.h', BROKEN)];
  const report = validate<Diff>(
    'diff',
    'output',
    JSON.parse((await run(old, now, { format: 'json' })).stdout),
  );
  assert.is(report.status, 1);
  assert.ok(
    report.remarks.some(each => each.fingerprint === 'wire.field-moved drm_x_get.size: offset 0 -> offset 8'),
  );
});

test('a waiver should take a break off, and an unused one should be told', async () => {
  const [old, now] = [file('a/x_accel.h', OLD), file('b/x_accel.h', BROKEN)];
  const waiver = (subject: string) =>
    `  - { rule: wire.field-moved, subject: ${subject}, reason: never shipped }\n`;
  const both = ['drm_x_get.size', 'drm_x_get.flags', 'drm_x_get.handle'].map(waiver).join('');
  const waivers = file('waivers.yaml', `waivers:\n${both}`);
  assert.is((await run(old, now, { waivers })).status, 0);
  const { status, stdout } = await run(old, old, { waivers });
  assert.is(status, 1);
  assert.match(stdout, /unused {3}no change needs the waiver of wire\.field-moved drm_x_get\.size/);
});

test('include folders, facts and descriptions should be read', async () => {
  file('old/drm/vgem_drm.h', OLD);
  file('new/drm/vgem_drm.h', `${OLD}#define DRM_X_MORE 1\n`);
  const { status, stdout } = await run(join(folder, 'old'), join(folder, 'new'));
  assert.is(status, 0, stdout);
  assert.match(stdout, /1 {2}value: DRM_X_MORE/);
  const facts = join(SCHEMAS, 'facts/ivpu_accel.json');
  const changed = readFileSync(facts, 'utf8').replace(
    '"DRM_IVPU_PARAM_SKU", "value": 12',
    '"DRM_IVPU_PARAM_SKU", "value": 13',
  );
  assert.match((await run(facts, file('ivpu_accel.json', changed))).stdout, /wire\.value-renumbered/);
  const ethosu = join(SCHEMAS, 'drivers/ethosu');
  assert.match((await run(ethosu, ethosu)).stdout, /0 errors \/ 0 warnings \/ 0 info/);
});

test('a netlink specification of the kernel should be read, with its overlay', async () => {
  const spec = (name: string) => `name: x
attribute-sets: [{ name: main, attributes: [{ name: ${name}, type: u32 }] }]
operations: { list: [{ name: get, attribute-set: main, do: { request: { attributes: [${name}] } } }] }
`;
  const overlay = (needs: string) =>
    `family: x\nkernel: 7.3.4\ntitle: X\noperations: { get: { do: { before: [], required: [${needs}], checks: [] } } }\n`;
  const [old, now] = [file('n1/x.yaml', spec('id')), file('n2/x.yaml', spec('id'))];
  file('n1/overlay/x.yaml', overlay(''));
  file('n2/overlay/x.yaml', overlay('id'));
  assert.match((await run(old, now)).stdout, /nl\.attr-now-required/);
  assert.is((await run(old, file('n3/x.yaml', spec('name')))).status, 0);
});

test('wrong usage should end with 2 and one sentence', async () => {
  const old = file('a/x_accel.h', OLD);
  const broken = file('broken.yaml', 'waivers: [');
  const unknown = file('unknown.yaml', 'waivers: [{ rule: wire.none, subject: a, reason: because }]');
  const empty = join(file('empty/folder/x', ''), '..', '..');
  for (const [now, flags, sentence] of [
    [undefined, {}, /expected OLD and NEW/],
    [join(folder, 'none.h'), {}, /none\.h is neither a file nor a folder; expected a header/],
    [empty, {}, /has nothing that diff reads/],
    [file('x.txt', ''), {}, /x\.txt is none of what diff reads/],
    [file('bad.json', '{'), {}, /bad\.json:1:2: there is the end of the file, expected a key in quotes/],
    [file('list.yaml', '[]'), {}, /list\.yaml:1:1: .*must be object/],
    [old, { waivers: broken }, /broken\.yaml:1:\d+: this is no YAML/],
    [old, { waivers: unknown }, /unknown\.yaml:1:\d+: there is no rule wire\.none/],
    [old, { waivers: join(folder, 'no.yaml') }, /is no file/],
  ] as [string | undefined, DiffFlags, RegExp][]) {
    const { status, stderr, stdout } = await run(old, now, flags);
    assert.is(status, 2, stdout);
    assert.match(stderr, sentence);
    assert.is(stdout, '');
  }
  const { status, stderr } = program('diff', old, join(folder, 'none.h'));
  assert.is(status, 2);
  assert.match(stderr, /^accel-uapi: .*none\.h is neither.*\n$/);
});

test('rules should be listed and explained with their examples', async () => {
  assert.match((await run(undefined, undefined, { rules: true })).stdout, /wire\.field-moved {2}error, WIRE/);
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  assert.is(runExplain('wire.pad-reused', 80, write), 0);
  assert.match(text, /botching-up-ioctls\.rst:72/);
  assert.match(text, /- struct x_args \{ __u32 a; __u32 pad; \};/);
  assert.throws(() => runExplain('wire.pad-reuse', 80, write), /did you mean wire\.pad-reused/);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
