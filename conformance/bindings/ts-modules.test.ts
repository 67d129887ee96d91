import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  catalogue,
  type DriverDescription,
  protocol,
  readRecord,
  recordLayout,
  tsModules,
  vectorsOf,
  writeRecord,
} from '../../schemas/index.ts';
import { compileModules } from './compile-modules.ts';
import { vectorFailures } from './vector-run.ts';

const it = suite('ts-modules');

const drivers = [...catalogue().drivers.values()];
const vectors = vectorsOf(catalogue(), drivers);
const ethosu = catalogue().drivers.get('ethosu')!;
let folder = '';
let said = '';

it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-ts-'));
  said = compileModules(folder, tsModules(catalogue(), drivers));
});
it.after(() => rmSync(folder, { recursive: true }));

const compiled = (name: string) => join(folder, 'compiled', `${name}.js`);
const load = async (name: string) =>
  (await import(pathToFileURL(compiled(name)).href)) as Record<string, unknown>;

/** The kit's own codec of its protocol, which is computed when it is used. */
function records(): Record<string, unknown> {
  return Object.fromEntries(
    protocol.types.map(({ name }) => {
      const layout = recordLayout(protocol, name);
      return [
        name,
        {
          size: () => layout.size,
          read: (view: DataView, at: number) => readRecord(view, at, layout),
          write: (view: DataView, value: Parameters<typeof writeRecord>[3], at: number) =>
            writeRecord(view, at, layout, value),
        },
      ];
    }),
  );
}

it('the strictest compiler should accept them, with no types of Node.js and no koffi', () => {
  assert.is(said, '');
});

it('the same descriptions should give the same bytes', () => {
  assert.equal([...tsModules(catalogue(), drivers)], [...tsModules(catalogue(), drivers)]);
});

it('lines should be short enough to read, apart from the words of a description', () => {
  for (const [name, text] of tsModules(catalogue(), drivers))
    for (const line of text.split('\n'))
      assert.ok(line.length <= 150 || /^ +(when|holds): /.test(line), `${name}: ${line}`);
});

it('every constant, struct and request of a driver should be there', async () => {
  for (const { name, facts } of drivers) {
    const module = await load(name);
    const requests = new Set(facts.ioctls.map(each => each.name));
    for (const constant of [...facts.constants, ...facts.enums.flatMap(({ members }) => members)])
      if (!requests.has(constant.name)) assert.ok(constant.name in module, constant.name);
    for (const type of facts.types) assert.type(module[type.name], 'object', type.name);
    for (const ioctl of facts.ioctls) assert.type(module[ioctl.name], 'function', ioctl.name);
  }
});

it('every vector should hold on every ABI', async () => {
  for (const [name, file] of vectors) {
    const { tried, failures } = vectorFailures(name === 'protocol' ? records() : await load(name), file);
    assert.equal(failures.slice(0, 5), [], name);
    assert.ok(tried > 0, name);
  }
});

it('without koffi everything but calls should work, and opening should say what is missing', async () => {
  const module = (await load('ethosu')) as { ethosu_open(path: string): Promise<unknown> };
  try {
    await module.ethosu_open('/dev/null');
    assert.unreachable();
  } catch (error) {
    assert.is(
      (error as Error).message,
      'ioctl needs the package koffi, which is not installed here; install it with: npm install koffi',
    );
  }
});

/** Places of a compiled codec, each with another offset or width. */
function* faults(text: string): Generator<string> {
  for (const match of text.matchAll(/view\.get(?:Big)?\w+?(\d+)\(at|put(\d+)\(view, at/g)) {
    const end = match.index + match[0].length;
    yield `${text.slice(0, end)} + 1${text.slice(end)}`;
  }
  for (const match of text.matchAll(/\.get(Big)?(Uint|Int)(32|64)\(/g)) {
    const other = match[2] === 'Uint' ? 'Int' : 'Uint';
    yield `${text.slice(0, match.index)}.get${match[1] ?? ''}${other}${match[3]}(${text.slice(match.index + match[0].length)}`;
  }
  for (const match of text.matchAll(/put32\(view/g))
    yield `${text.slice(0, match.index)}put16(view${text.slice(match.index + match[0].length)}`;
}

it('every place of a codec that is off by a byte, of another sign or too narrow should be caught', async () => {
  const text = readFileSync(compiled('ethosu'), 'utf8');
  let at = 0;
  for (const fault of faults(text)) {
    const name = `ethosu-fault-${at}`;
    writeFileSync(compiled(name), fault);
    const { failures } = vectorFailures(await load(name), vectors.get('ethosu')!, 1);
    assert.ok(failures.length > 0, `fault ${at}`);
    at += 1;
  }
  assert.ok(at > 50, String(at));
});

/** The driver with the first two members of a struct in the other order. */
function seeded(driver: DriverDescription, struct: string): DriverDescription {
  const composite = driver.types.composites.get(struct)!;
  const [first, second, ...rest] = composite.members;
  const composites = new Map(driver.types.composites).set(struct, {
    ...composite,
    members: [second!, first!, ...rest],
  });
  return { ...driver, types: { ...driver.types, composites } };
}

it('a generator that takes two members in the wrong order should be caught', async () => {
  const text = tsModules(catalogue(), [seeded(ethosu, 'drm_ethosu_bo_create')]).get('ethosu.ts')!;
  const { code } = await transform(text, { loader: 'ts' });
  writeFileSync(compiled('ethosu-seeded'), code.replace(/from "(\.\/[\w-]+)\.ts"/g, 'from "$1.js"'));
  const { failures } = vectorFailures(await load('ethosu-seeded'), vectors.get('ethosu')!);
  assert.ok(failures.length > 0);
  for (const failure of failures) assert.match(failure, /^drm_ethosu_bo_create on /);
});

it.run();
