import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { files } from '../generated/catalogue.ts';
import type { Facts } from '../layout/index.ts';
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

test('handles should be multiples of a step that is some number', () => {
  const CB = 'schemas/drivers/habanalabs/cb.yaml';
  const aligned = (step: string) => {
    const data = copy();
    data[CB] = JSON.parse(JSON.stringify(data[CB]).replace('"aligned":{"param":"page_size"}', step));
    try {
      loadCatalogue(data);
    } catch (error) {
      return (error as Error).message;
    }
    return 'it loaded';
  };
  assert.match(aligned('"aligned":0'), /cb\.yaml: .*nothing can be aligned to 0/);
  assert.match(aligned('"aligned":{"param":"page"}'), /there is no device parameter page;/);
  assert.is(aligned('"aligned":64'), 'it loaded');
});

test('a structure inside an argument should have its roles at its members, every one of them', () => {
  const call = catalogue().drivers.get('qaic')!.calls.get('DRM_IOCTL_QAIC_EXECUTE_BO')!;
  assert.equal(Object.keys(call.semantics.fields), ['hdr.count', 'hdr.dbc_id', 'data']);
  const data = copy();
  const fields = data['schemas/drivers/qaic/execute_bo.yaml']!['fields'] as Record<string, unknown>;
  delete fields['hdr.dbc_id'];
  assert.throws(() => loadCatalogue(data), /fields lacks hdr\.dbc_id of struct qaic_execute;/);
});

test('a call of the open users should be one of the header, and be used or unused', () => {
  const USERS = 'schemas/drivers/qaic/userspace.yaml';
  const refused = (call: string) => {
    const data = copy();
    data[USERS]!['unused'] = [{ call, note: 'Nobody makes it' }];
    try {
      loadCatalogue(data);
    } catch (error) {
      return (error as Error).message;
    }
    return 'it loaded';
  };
  assert.is(refused('DRM_IOCTL_QAIC_DETACH_SLICE_BO'), 'it loaded');
  assert.match(
    refused('DRM_IOCTL_QAIC_PART_DEV'),
    /userspace\.yaml.*qaic has no call DRM_IOCTL_QAIC_PART_DEV/,
  );
  assert.match(
    refused('DRM_IOCTL_QAIC_MANAGE'),
    /userspace\.yaml.*DRM_IOCTL_QAIC_MANAGE is said to be used above/,
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
        walk(call.semantics.body).map(rule => `${call.id}.${ruleName(rule)}`),
      ),
    );
    for (const deviation of driver.deviations) {
      applyPatch(driver, deviation.patch);
      assert.ok(ids.has(deviation.rule), `${deviation.id} names the rule ${deviation.rule}`);
    }
  }
});

/** Whether a release named by hand fits what the facts saw: not before the last release without it, not after the first. */
function fits(since: string, seen: string | undefined, releases: readonly string[]): boolean {
  const order = (release: string) => Number(release.split('.')[0]) * 1000 + Number(release.split('.')[1]);
  if (seen === undefined) return order(since) <= order(releases[0]!);
  const before = releases[releases.indexOf(seen) - 1]!;
  return order(since) > order(before) && order(since) <= order(seen);
}

test('a driver of drivers/accel should be there since the oldest release that has its header', () => {
  const drivers = [...catalogue().drivers.values()].filter(
    ({ facts }) => facts.releases && facts.header.endsWith('_accel.h'),
  );
  assert.is(drivers.length, 6);
  for (const { name, manifest, facts } of drivers)
    assert.is(manifest.since, facts.releases?.find(({ header }) => header !== null)?.release, name);
});

test('since of a driver or of a call should fit what the headers of older kernels tell', () => {
  let told = 0;
  const { core, drivers } = catalogue();
  for (const { calls, facts, manifest } of [core, ...drivers.values()]) {
    const releases = (facts.releases ?? []).map(({ release }) => release);
    const oldest = facts.releases?.find(({ header }) => header !== null)?.release;
    const order = (release: string) => releases.indexOf(release);
    if (oldest && order(manifest.since) >= 0)
      assert.ok(order(manifest.since) >= order(oldest), `${manifest.driver} is older than its header`);
    for (const { name, request, semantics } of calls.values()) {
      if (!request || !semantics.since || !releases.length) continue;
      told += 1;
      assert.ok(fits(semantics.since, request.since, releases), `${name} since ${semantics.since}`);
    }
  }
  assert.ok(told > 0);
  assert.not.ok(fits('6.1', '6.12', ['6.1', '6.12']));
  assert.not.ok(fits('7.0', '6.12', ['6.1', '6.12']));
  assert.ok(fits('6.7', '6.12', ['6.1', '6.12']));
});

test('every since, until and change in the facts should name a release that was looked at', () => {
  for (const [path, data] of Object.entries(files)) {
    if (!path.startsWith('schemas/facts/')) continue;
    const text = JSON.stringify(data, (key, value) => (key === 'releases' ? undefined : value));
    const releases = (data as Facts).releases?.map(({ release }) => release) ?? [];
    for (const [, release] of text.matchAll(/"(?:since|until|release)":"([^"]+)"/g))
      assert.ok(releases.includes(release!), `${path}: ${release}`);
  }
});

test.run();
