import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { files } from '../generated/catalogue.ts';
import { catalogue, fileCalls, loadCatalogue } from './catalogue.ts';
import { applyPatch } from './patch.ts';
import { checks, ruleName, walk } from './rules.ts';

const copy = (): Record<string, Record<string, unknown>> => JSON.parse(JSON.stringify(files));
const PATH = 'schemas/drivers/ethosu/bo_create.yaml';

function broken(change: (file: Record<string, unknown>) => void): string {
  const data = copy();
  change(data[PATH] as Record<string, unknown>);
  try {
    loadCatalogue(data);
  } catch (error) {
    return (error as Error).message;
  }
  return 'it loaded';
}

test('the built-in catalogue should describe the calls of the core and of ethosu', () => {
  const driver = catalogue().drivers.get('ethosu')!;
  const names = [...driver.calls.keys()];
  for (const name of [
    'open',
    'ioctl',
    'DRM_IOCTL_VERSION',
    'DRM_IOCTL_GET_CAP',
    'DRM_IOCTL_GEM_CLOSE',
    'DRM_IOCTL_PRIME_HANDLE_TO_FD',
  ]) {
    assert.ok(names.includes(name), name);
  }
  for (const name of ['DEV_QUERY', 'BO_CREATE', 'BO_MMAP_OFFSET', 'BO_WAIT'])
    assert.ok(names.includes(`DRM_IOCTL_ETHOSU_${name}`), name);
});

test('every request of the other files should be described, and be no call of the node', () => {
  const driver = catalogue().drivers.get('ethosu')!;
  const described = (['dma-buf', 'sync-file'] as const).flatMap(kind => fileCalls(driver, kind));
  assert.is(described.length, driver.files.size);
  // DMA_BUF_SET_NAME is one of both others, by the size of a pointer.
  const defined = driver.numbers.files.map(({ name }) => name).filter(name => name !== 'DMA_BUF_SET_NAME');
  assert.equal(described.map(({ name }) => name).sort(), defined.sort());
  for (const { name } of described) assert.not.ok(driver.calls.has(name), name);
});

test('a wrong description should be refused with the file, the place and what was expected', () => {
  assert.match(
    broken(file => {
      file.call = 'DRM_IOCTL_NONE';
    }),
    /bo_create\.yaml: no header has an ioctl named DRM_IOCTL_NONE/,
  );
  assert.match(
    broken(file => {
      delete (file.fields as Record<string, unknown>).flags;
    }),
    /fields lacks flags of struct drm_ethosu_bo_create/,
  );
  assert.match(
    broken(file => {
      (file.fields as Record<string, unknown>).more = { direction: 'in', role: 'value' };
    }),
    /fields has more/,
  );
  assert.match(
    broken(file => {
      (file.body as { errno: string }[])[0]!.errno = 'WRONG';
    }),
    /body\.0\.errno must match pattern/,
  );
  assert.match(
    broken(file => {
      (file.body as { errno: string }[])[0]!.errno = 'ENOTHING';
    }),
    /the check size-zero has ENOTHING, which is no errno/,
  );
  assert.match(
    broken(file => {
      (file.body as { when: unknown }[])[0]!.when = { eq: [{ field: 'sise' }, 0] };
    }),
    /the body uses the field sise/,
  );
  assert.match(
    broken(file => {
      (file.body as unknown[]).splice(-1);
    }),
    /size is an output, but no rule of the body sets it/,
  );
});

test('a patch should change one rule and refuse one that does not exist', () => {
  const driver = catalogue().drivers.get('ethosu')!;
  const patched = applyPatch(driver, [
    { errno: 'E2BIG', of: 'ethosu.bo_create.size-zero' },
    { remove: 'ethosu.bo_create.flags-unknown' },
  ]);
  const left = checks(patched.calls.get('DRM_IOCTL_ETHOSU_BO_CREATE')!.semantics.body);
  assert.is(left.find(check => check.check === 'size-zero')!.errno, 'E2BIG');
  assert.not.ok(left.some(check => check.check === 'flags-unknown'));
  const strict = checks(driver.calls.get('DRM_IOCTL_ETHOSU_BO_CREATE')!.semantics.body);
  assert.is(
    strict.find(check => check.check === 'size-zero')!.errno,
    'EINVAL',
    'the strict description must stay',
  );
  assert.throws(() => applyPatch(driver, [{ remove: 'ethosu.bo_create.nothing' }]), /names 0 rules/);
});

test('every deviation should apply, and name a rule and a source', () => {
  for (const driver of catalogue().drivers.values()) {
    const ids = new Set(
      [...driver.calls.values()].flatMap(call =>
        [...walk(call.semantics.body)].map(rule => `${call.id}.${ruleName(rule)}`),
      ),
    );
    for (const deviation of driver.deviations) {
      applyPatch(driver, deviation.patch);
      assert.ok(ids.has(deviation.rule), `${deviation.id} names the rule ${deviation.rule}`);
    }
  }
});

test.run();
