import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../run/usage-error.ts';
import { keptTraces } from '../trace/mutant-traces.test.helper.ts';
import { loadTrace } from '../trace/trace-file.ts';
import { type CompareFlags, runCompare } from './compare.ts';
import { runReplay } from './replay.ts';

const it = suite('compare');
const MUTANT = 'reference:ethosu,mutant=drop.drm.gem_close.handle-unknown';

let folder = '';
it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-compare-'));
});
it.after(() => rmSync(folder, { recursive: true }));

async function ran(a: string, b: string, flags: Partial<CompareFlags> = {}) {
  let text = '';
  let said = '';
  const select = flags.traces === undefined ? { select: 'handle.zero' } : {};
  const all = { seed: '1', runs: '0', ...select, ...flags };
  const status = await runCompare(
    a,
    b,
    all,
    more => {
      text += more;
    },
    more => {
      said += more;
    },
  );
  return { status, text, said };
}

it('ends with 0 and says so when nothing differs', async () => {
  const { status, text } = await ran('reference:ethosu', 'reference:ethosu');
  assert.is(status, 0);
  assert.match(text, /\d+ programs, \d+ steps: no difference/);
});

it('ends with 1, prints the call, and keeps it as a trace and in C', async () => {
  const out = join(folder, 'out');
  const { status, text } = await ran('reference:ethosu', MUTANT, { out });
  assert.is(status, 1);
  assert.match(text, /\nextension: DRM_IOCTL_GEM_CLOSE, errno\n {2}A {3}EINVAL\n {2}B {3}success\n/);
  assert.match(text, /-> {2,}1 {2}DRM_IOCTL_GEM_CLOSE/);
  assert.equal(readdirSync(out).sort(), [
    '001-DRM_IOCTL_GEM_CLOSE-errno.c',
    '001-DRM_IOCTL_GEM_CLOSE-errno.json',
  ]);
  const path = join(out, '001-DRM_IOCTL_GEM_CLOSE-errno.json');
  const { finding } = loadTrace(path, readFileSync(path));
  assert.equal([finding.expected, finding.observed, finding.step], ['EINVAL', 'success', 1]);
  assert.match(readFileSync(join(out, '001-DRM_IOCTL_GEM_CLOSE-errno.c'), 'utf8'), /SYS_ioctl/);
  // One target alone cannot show it, and the same folder shows it again.
  const replayed = await runReplay(path, undefined, { runs: '1' }, () => {}).catch((error: Error) => error);
  assert.instance(replayed, UsageError);
  assert.match((replayed as Error).message, /comes from a comparison; print it with --c or --igt/);
  const again = await ran('reference:ethosu', MUTANT, { traces: out });
  assert.is(again.status, 1);
});

it('finds with a neighbour of a trace what the trace itself does not show', async () => {
  const traces = join(folder, 'traces');
  const [name, kept] = [
    ...(await keptTraces('reference:ethosu,mutant=drop.ethosu.bo_mmap_offset.pad-nonzero', 'reserved')),
  ][0]!;
  // The control call: the same, and nothing is wrong in it.
  const good = structuredClone(kept) as { program: { steps: { fills?: unknown[] }[] } };
  delete good.program.steps.at(-1)!.fills;
  rmSync(traces, { recursive: true, force: true });
  const { makeFolders } = await import('../extract/write-together.ts');
  makeFolders(join(traces, 'x'));
  writeFileSync(join(traces, name), JSON.stringify(good));
  const same = await ran('reference:ethosu', 'reference:ethosu', { traces });
  assert.is(same.status, 0, same.text);
  const found = await ran(
    'reference:ethosu',
    'reference:ethosu,mutant=drop.ethosu.bo_mmap_offset.pad-nonzero',
    {
      traces,
    },
  );
  assert.is(found.status, 1, found.text);
  assert.match(found.text, /extension: DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET/);
});

it('tells the same as JSON', async () => {
  const { differences, programs } = JSON.parse(
    (await ran('reference:ethosu', MUTANT, { format: 'json' })).text,
  );
  assert.ok(programs > 0);
  assert.is(differences[0].direction, 'extension');
  assert.is(differences[0].program.length, 2);
});

const CANNOT: readonly [a: string, b: string, sentence: RegExp][] = [
  ['reference:ethosu', 'nosuch:x', /"nosuch:x" is no target; expected /],
  ['reference:nosuch', 'reference:ethosu', /no description of a driver named nosuch; expected one of /],
  ['reference:ethosu', 'exec:false', /^accel-uapi: \S.*\n$/],
  [
    'reference:ethosu',
    'reference:vgem',
    /has the driver ethosu, and reference:vgem has vgem; name two targets/,
  ],
  ['reference:ethosu', 'reference:ethosu,abi=i386', /has the ABI x86_64, and \S+ has i386; name two targets/],
];

for (const [a, b, sentence] of CANNOT)
  it(`ends with 125 and one sentence: ${a} ${b}`, async () => {
    const { status, text, said } = await ran(a, b);
    assert.is(status, 125);
    assert.is(text, '');
    assert.match(said, sentence);
    assert.is(said.trim().split('\n').length, 1);
  });

it('refuses a folder without traces and a selection that matches nothing', async () => {
  for (const [flags, sentence] of [
    [{ traces: join(folder, 'nowhere') }, /--traces \S+ cannot be read \(ENOENT\); name a folder/],
    [{ select: 'nosuch' }, /--select nosuch matches nothing that is compared/],
    [{ traces: folder, select: 'handle' }, /--select chooses among generated cases; leave it out/],
    [{ runs: 'many' }, /--runs many is no whole number/],
  ] as const) {
    const found = await ran('reference:ethosu', 'reference:ethosu', flags).catch((error: Error) => error);
    assert.instance(found, UsageError);
    assert.match((found as Error).message, sentence);
  }
});

it.run();
