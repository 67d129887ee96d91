import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../../conformance/index.ts';
import { catalogue } from '../../schemas/index.ts';
import { clauses } from '../../spec/index.ts';
import { allNames, namesFile } from './names.ts';

const { core, drivers } = catalogue();
const names = allNames([core, ...drivers.values()]);
const to = (name: string) => names.filter(each => each.name === name).map(each => each.to);

test('clauses, errnos, ioctls, structs, members, constants and checks should lead to their places', () => {
  for (const { id } of clauses) assert.equal(to(id), [`/clauses/${id}/`]);
  assert.equal(to('ENOENT'), ['/names/errno/#ENOENT']);
  assert.equal(to('DRM_IOCTL_IVPU_SUBMIT'), ['/drivers/ivpu/submit/']);
  assert.equal(to('DRM_IOCTL_GEM_CLOSE'), ['/drivers/drm/gem_close/']);
  assert.equal(to('drm_ethosu_submit'), ['/drivers/ethosu/struct/drm_ethosu_submit/']);
  assert.equal(to('drm_ethosu_submit.job_count'), [
    '/drivers/ethosu/struct/drm_ethosu_submit/#field-job_count',
  ]);
  assert.equal(to('ethosu.bo_create.size-zero'), ['/drivers/ethosu/bo_create/#check-size-zero']);
  assert.equal(to('DRM_ETHOSU_BO_NO_MMAP'), ['/drivers/ethosu/#DRM_ETHOSU_BO_NO_MMAP']);
  assert.equal(to('must be zero'), ['/clauses/reserved.field/']);
});

test('a name should stand there once for each kind', () => {
  const keys = names.map(({ name, what }) => `${what} ${name}`);
  assert.is(new Set(keys).size, keys.length);
});

test('the file of the search should hold every name with its place', async () => {
  // The script of the page unpacks it; the functions are taken from there.
  const script = readFileSync(join(packageRoot(), 'docs/site/assets/names.js'), 'utf8');
  const part = script.slice(script.indexOf('function unpack'), script.indexOf('async function namesOf'));
  const address = `data:text/javascript,${encodeURIComponent(`const root = 'http://here/'; const fetch = async () => ({ json: async () => JSON.parse(globalThis.file) }); ${part} export { loadNames };`)}`;
  Object.assign(globalThis, { file: namesFile(names) });
  const { loadNames } = (await import(address)) as { loadNames: () => Promise<typeof names> };
  const sorted = (list: typeof names) => list.map(each => `${each.name} ${each.what} ${each.to}`).sort();
  assert.equal(sorted(await loadNames()), sorted(names));
});

test.run();
