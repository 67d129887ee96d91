import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../catalogue/catalogue.ts';
import { files } from '../generated/catalogue.ts';
import { loadDescriptions } from './descriptions.ts';

type Data = Record<string, unknown>;
const DRIVER = Object.keys(files).filter(path => path.startsWith('schemas/drivers/ethosu/'));
const FACTS = 'schemas/facts/ethosu_accel.json';
const SUBMIT = 'schemas/drivers/ethosu/submit.yaml';
const MANIFEST = 'schemas/drivers/ethosu/driver.yaml';
const DEVIATIONS = 'schemas/drivers/ethosu/deviations.yaml';

/** The driver's folder as text, each path below another folder; JSON is YAML. */
function folder(change: (data: Record<string, Data>) => void = () => {}): Map<string, string> {
  const data: Record<string, Data> = JSON.parse(
    JSON.stringify(Object.fromEntries([...DRIVER, FACTS].map(path => [path, files[path]]))),
  );
  change(data);
  return new Map(
    Object.entries(data).map(([path, one]) => [
      path.replace('schemas/', 'mine/'),
      JSON.stringify(one, null, 1),
    ]),
  );
}

function sentence(texts: ReadonlyMap<string, string>): string {
  try {
    loadDescriptions(texts);
  } catch (error) {
    assert.is((error as Error).name, 'InvalidData', (error as Error).stack);
    return (error as Error).message;
  }
  return 'it loaded';
}

/** The message when the texts `from` of a file become `to`. */
function replaced(path: string, from: string, to: string): string {
  const texts = folder();
  const key = path.replace('schemas/', 'mine/');
  assert.ok(texts.get(key)!.includes(from), from);
  return sentence(texts.set(key, texts.get(key)!.replace(from, to)));
}

test('a folder of one driver should load beside the built-in core', () => {
  const loaded = loadDescriptions(folder());
  assert.equal([...loaded.drivers.keys()], ['ethosu']);
  const [ours, builtin] = [loaded.drivers.get('ethosu')!, catalogue().drivers.get('ethosu')!];
  assert.equal([...ours.calls.keys()], [...builtin.calls.keys()]);
  assert.equal(ours.deviations, builtin.deviations);
});

test('a file of the core should stand in for the built-in one, and the whole core for all of it', () => {
  const core = new Map(
    Object.entries(files).flatMap(([path, data]): [string, string][] =>
      /^schemas\/(core|files|primary|facts)\//.test(path) ? [[path, JSON.stringify(data)]] : [],
    ),
  );
  const version = 'schemas/core/version.yaml';
  const all = catalogue().core.calls.size;
  const one = new Map([[version, core.get(version)!.replace('"summary":"', '"summary":"Another. ')]]);
  const { calls } = loadDescriptions(one).core;
  assert.is(calls.size, all);
  assert.match(calls.get('DRM_IOCTL_VERSION')!.semantics.summary, /^Another\. /);
  core.delete('schemas/core/block.yaml');
  assert.is(loadDescriptions(core).core.calls.size, all - 1, 'what was removed stays away');
});

test('what the built-in core lacks beside a file should be said of the file', () => {
  const drm = 'schemas/facts/drm.json';
  const without = JSON.stringify(files[drm]).replaceAll('DRM_IOCTL_GEM_CLOSE', 'DRM_IOCTL_GEM_OTHER');
  assert.match(
    sentence(new Map([[drm, without]])),
    /^schemas\/facts\/drm\.json:1:1: the built-in schemas\/\w+\/\w+\.\w+ does not fit these files: /,
  );
});

test('a core without drm.h should be refused', () => {
  const drm = 'schemas/facts/drm.json';
  const other = JSON.stringify({ ...(files[drm] as object), header: 'drm/other.h' });
  assert.match(
    sentence(new Map([[drm, other]])),
    /^schemas\/facts\/drm\.json:1:\d+: there are no facts of drm\/drm\.h; every driver rests on them$/,
  );
});

test('every name of a description should be looked up at load, with its place', () => {
  const wrong: readonly [string, string, string, RegExp][] = [
    [
      SUBMIT,
      '"job.sram_size"',
      '"job.sram_sise"',
      /submit\.yaml:\d+:\d+: drm_ethosu_job has no field sram_sise/,
    ],
    [SUBMIT, 'job.region_bo_handles[2]', 'job.region_bo_handles[8]', /lies outside drm_ethosu_job/],
    [SUBMIT, 'job.region_bo_handles[2]', 'job.region_bo_handles', /is not a single number/],
    [SUBMIT, '"npu.sram_size"', '"npu.sram"', /there is no device parameter npu\.sram; name it in params/],
    [SUBMIT, '"npu.sram_size"', '"version.name"', /version\.name is a text, expected a number/],
    [SUBMIT, '"index": "region"', '"index": "regions"', /there is no each regions around this/],
    [
      SUBMIT,
      '"commands.command_stream"',
      '"command.command_stream"',
      /no find or create of the body binds command;/,
    ],
    [
      SUBMIT,
      '"resource": "perfmon"',
      '"resource": "perfmons"',
      /no call makes a handle of the resource perfmons/,
    ],
    [
      SUBMIT,
      '"sizeof": "drm_ethosu_job"',
      '"sizeof": "drm_ethosu_jobs"',
      /defines a struct or union drm_ethosu_jobs/,
    ],
    [
      SUBMIT,
      '"attachedTwice": "work"',
      '"attachedTwice": "works"',
      /no find or create of the body binds works/,
    ],
    [
      SUBMIT,
      '"member": "job.region_bo_handles"',
      '"member": "job.cmd_bo"',
      /goes over job\.cmd_bo, which is no array/,
    ],
    [SUBMIT, '"EALREADY"', '"EALREADYS"', /has EALREADYS, which is no errno/],
    [SUBMIT, '"unreadable"', '"unredable"', /must have one of the keys \(eq, ne/],
    [
      MANIFEST,
      '"field": "sram_size"',
      '"field": "sram"',
      /driver\.yaml:\d+:\d+: drm_ethosu_npu_info has no field sram/,
    ],
    [MANIFEST, '"npu.sram_size": 0', '"npu.sram_sise": 0', /there is no device parameter npu\.sram_sise/],
    [
      MANIFEST,
      '"header": "drm/ethosu_accel.h"',
      '"header": "drm/other.h"',
      /there are no facts of drm\/other\.h/,
    ],
    [
      DEVIATIONS,
      '"remove": "ethosu.dev_query.size-copied"',
      '"remove": "ethosu.dev_query.x"',
      /the patch does not fit/,
    ],
    [
      DEVIATIONS,
      '"rule": "ethosu.dev_query.info"',
      '"rule": "ethosu.dev_query.x"',
      /has the rule ethosu\.dev_query\.x/,
    ],
    [DEVIATIONS, '"driver": "ethosu"', '"driver": "rocket"', /the deviations are of rocket, expected ethosu/],
    [
      FACTS,
      '"scalar": "__u32"',
      '"scalar": "__u33"',
      /ethosu_accel\.json:\d+:\d+: no header in this table says what __u33 is/,
    ],
  ];
  for (const [path, from, to, expected] of wrong) {
    const found = replaced(path, from, to);
    assert.match(found, expected, found);
    assert.match(found, /^mine\/[\w/]+\.(yaml|json):\d+:\d+: /, found);
  }
});

test('types that no compiler would take should be errors and no hang', () => {
  const u32 = { scalar: '__u32' };
  const member = (name: string, type: unknown) => ({ name, type, line: 1 });
  const withTypes = (types: readonly unknown[], typedefs: readonly unknown[] = []) =>
    sentence(
      folder(data => {
        (data[FACTS]!.types as unknown[]).push(...types);
        (data[FACTS]!.typedefs as unknown[]).push(...typedefs);
      }),
    );
  const struct = (name: string, ...types: unknown[]) => ({
    name,
    kind: 'struct',
    line: 1,
    members: types.map((type, index) => member(`m${index}`, type)),
  });
  const chain = (count: number, of: (before: unknown) => unknown[], kind = 'struct') =>
    Array.from({ length: count }, (_, n) => ({
      ...struct(`s${n}`, ...of(n === 0 ? u32 : { named: `s${n - 1}` })),
      kind,
    }));
  assert.match(withTypes([struct('a', { named: 'b' }), struct('b', { named: 'a' })]), /a contains itself/);
  assert.match(withTypes([], [{ name: 't', type: { scalar: 't' }, line: 1 }]), /t is defined by itself/);
  for (const length of [2 ** 40, 2 ** 52])
    assert.match(withTypes([struct('a', { array: u32, length })]), /larger than any of a uAPI/);
  assert.match(withTypes([struct('a', { array: u32, length: -1 })]), /must be >= 0/);
  const nothing = [
    struct('e'),
    struct('a', { array: { array: { named: 'e' }, length: 2 ** 23 }, length: 2 ** 23 }),
  ];
  assert.is(withTypes(nothing), 'it loaded');
  assert.match(withTypes(chain(40, before => [before, before])), /more than \d+ (bytes|numbers|fields)/);
  assert.match(withTypes(chain(40, before => [before, before], 'union')), /more than \d+ (numbers|fields)/);
  assert.match(withTypes(chain(2000, before => [before])), /more than 64/);
  assert.match(withTypes([{ ...struct('a', u32), align: 3 }]), /an alignment of 3 bytes is no power of two/);
});

test('what is no description, or is there twice, should be said', () => {
  assert.match(
    sentence(new Map([['README.md', 'x']])),
    /^README\.md:1:1: this is no place for a description/,
  );
  const texts = folder();
  texts.delete('mine/drivers/ethosu/driver.yaml');
  assert.match(sentence(texts), /^mine\/drivers\/ethosu\/\w+\.yaml:1:1: this driver has no driver\.yaml/);
  const twice = folder();
  twice.set('other/facts/ethosu_accel.json', twice.get('mine/facts/ethosu_accel.json')!);
  assert.match(
    sentence(twice),
    /^other\/facts\/ethosu_accel\.json:1:1: mine\/facts\/ethosu_accel\.json has the same place/,
  );
  const again = folder(data => {
    data['schemas/drivers/ethosu/again.yaml'] = data[SUBMIT]!;
  });
  assert.match(sentence(again), /DRM_IOCTL_ETHOSU_SUBMIT is described already in/);
});

test.run();
