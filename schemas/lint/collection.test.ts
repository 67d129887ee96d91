/** What lint finds in the collection is mended, or accepted for a reason that is written down. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../catalogue/catalogue.ts';
import { readWaivers } from '../rulebook/waivers.ts';
import { lint, lintRules, lintWaived } from './lint.ts';
import { subjectOfDriver } from './subject.ts';

const drivers = [...catalogue().drivers.values()];
const others = drivers.map(({ facts }) => facts);

for (const driver of drivers) {
  test(`${driver.name} should have no error and no warning that no waiver accepts, and no waiver in vain`, () => {
    const path = `schemas/drivers/${driver.name}/waivers.yaml`;
    const waivers = readWaivers(path, { waivers: driver.waivers }, lintRules);
    const { remarks, unused } = lintWaived(subjectOfDriver(driver, others), waivers);
    assert.equal(
      remarks.filter(({ rule }) => rule.severity !== 'info').map(({ message }) => message),
      [],
    );
    assert.equal(unused, []);
  });
}

test('what is known of the six headers should be found', () => {
  const found = (name: string) =>
    lint(subjectOfDriver(catalogue().drivers.get(name)!, others)).map(
      ({ rule, subject }) => `${rule.id} ${subject}`,
    );
  const has = (name: string, ...remarks: string[]) => {
    for (const remark of remarks) assert.ok(found(name).includes(remark), remark);
  };
  has('ivpu', 'number.abi DRM_IOCTL_IVPU_SUBMIT', 'layout.tail drm_ivpu_metric_streamer_start');
  has('amdxdna', 'const.abi AMDXDNA_INVALID_ADDR', 'name.prefix SYNC_DIRECT_TO_DEVICE');
  has('habanalabs', 'const.external HL_RAZWI_READ', 'name.prefix gaudi2_queue_id');
  has('qaic', 'const.external QAIC_MANAGE_MAX_MSG_LENGTH');
  has(
    'ethosu',
    'number.direction-unused DRM_IOCTL_ETHOSU_SUBMIT',
    'semantics.count-unbounded ethosu.submit.job_count',
  );
  has('rocket', 'header.no-query drm/rocket_accel.h');
});

test('no two rules of one call should make one remark twice', () => {
  for (const driver of drivers) {
    const all = lint(subjectOfDriver(driver, others)).map(({ rule, subject }) => `${rule.id} ${subject}`);
    const twice = all.filter((remark, index) => all.indexOf(remark) !== index);
    assert.equal(twice, [], driver.name);
  }
});

test.run();
