import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Lookup, loadOrder, MissingModule } from './load-order.ts';

/** The modules of a stock arm64 kernel around ethosu, as their .modinfo tells. */
const stock: Record<string, string[]> = {
  ethosu: ['drm_dma_helper', 'gpu_sched', 'drm'],
  drm_dma_helper: ['drm', 'drm_kms_helper'],
  drm_kms_helper: ['drm'],
  gpu_sched: ['drm'],
  drm: [],
};

const lookup =
  (modules: Record<string, string[]>, soft: Record<string, string[]> = {}, builtin: string[] = []) =>
  async (name: string): Promise<Lookup> => {
    if (builtin.includes(name)) return { found: 'builtin' };
    const depends = modules[name];
    return depends ? { found: 'file', depends, softPre: soft[name] ?? [] } : { found: 'nothing' };
  };

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

test('a module comes after everything it needs, and once', async () => {
  const order = await loadOrder(['ethosu'], lookup(stock));
  assert.equal([...order].sort(), Object.keys(stock).sort());
  for (const [name, depends] of Object.entries(stock)) {
    for (const before of depends)
      assert.ok(order.indexOf(before) < order.indexOf(name), `${before} < ${name}`);
  }
});

test('dashes and underscores are the same', async () => {
  assert.equal(await loadOrder(['gpu-sched', 'gpu_sched'], lookup(stock)), ['drm', 'gpu_sched']);
});

test('what is built in is not loaded', async () => {
  assert.equal(await loadOrder(['gpu_sched'], lookup({ gpu_sched: ['drm'] }, {}, ['drm'])), ['gpu_sched']);
});

test('a missing module is named with the one that needs it', async () => {
  const error = await failure(loadOrder(['ethosu'], lookup({ ...stock, gpu_sched: ['nowhere'] })));
  assert.instance(error, MissingModule);
  assert.is((error as MissingModule).message, 'no module nowhere, which gpu_sched needs');
  const direct = await failure(loadOrder(['nowhere'], lookup(stock)));
  assert.is((direct as MissingModule).neededBy, '');
});

test('a soft dependency comes first when it exists and is left out when not', async () => {
  const soft = { drm: ['backlight', 'absent'] };
  assert.equal(await loadOrder(['drm'], lookup({ ...stock, backlight: [] }, soft)), ['backlight', 'drm']);
});

test('a soft dependency that is absent does not hide a hard one', async () => {
  const modules = { a: ['b'], b: ['c'] };
  const error = await failure(loadOrder(['a'], lookup(modules, { a: ['c'] })));
  assert.instance(error, MissingModule);
});

test('a cycle ends', async () => {
  assert.equal(await loadOrder(['a'], lookup({ a: ['b'], b: ['a'] })), ['b', 'a']);
});

test.run();
