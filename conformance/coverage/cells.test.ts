import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, modelledDrivers } from '../../schemas/index.ts';
import { ioctls } from '../plan/context.ts';
import { documented } from '../run/errno-watch.ts';
import { errnoCells } from './cells.ts';

const of = (driver: string, call: string, errno: string) =>
  errnoCells(catalogue().drivers.get(driver)!).find(cell => cell.call === call && cell.errno === errno);

test('every call should have a cell for every errno, and only one', () => {
  for (const driver of modelledDrivers()) {
    const cells = errnoCells(driver);
    const calls = new Set(cells.map(({ call }) => call));
    const errnos = new Set(cells.map(({ errno }) => errno));
    assert.is(calls.size, ioctls(driver).length + driver.files.size, driver.name);
    assert.is(new Set(cells.map(({ call, errno }) => `${call} ${errno}`)).size, calls.size * errnos.size);
    assert.is(cells.length, calls.size * errnos.size);
  }
});

test('a cell should be open exactly where the description has the errno for the call', () => {
  for (const driver of modelledDrivers()) {
    const cells = errnoCells(driver);
    for (const call of ioctls(driver)) {
      const open = cells.filter(cell => cell.call === call.name && cell.kind !== 'forbidden');
      assert.equal(
        open.map(({ errno }) => errno),
        [...documented(driver, call)].sort(),
        call.name,
      );
    }
  }
});

test('a cell should say what leads to it, or why nothing does', () => {
  for (const driver of modelledDrivers()) {
    for (const { call, errno, kind, by, reason } of errnoCells(driver)) {
      assert.is(by.length > 0, kind !== 'forbidden', `${call} ${errno}`);
      assert.is(reason !== undefined, kind === 'unreachable', `${call} ${errno}`);
    }
  }
});

test('the kinds of some cells', () => {
  assert.equal(of('ethosu', 'DRM_IOCTL_ETHOSU_BO_WAIT', 'ENOENT')?.by, ['ethosu.bo_wait.handle-unknown']);
  assert.is(of('ethosu', 'DRM_IOCTL_ETHOSU_BO_WAIT', 'ENOENT')?.kind, 'required');
  assert.is(of('ethosu', 'DRM_IOCTL_GEM_CLOSE', 'EBADF')?.kind, 'forbidden');
  // The core gives up a handle before the driver could ask the machine for anything.
  assert.is(of('ethosu', 'DRM_IOCTL_SYNCOBJ_CREATE', 'EFAULT')?.kind, 'required');
  // No sync objects: nothing after that check is ever looked at.
  const later = of('ethosu', 'DRM_IOCTL_SYNCOBJ_WAIT', 'ENOENT');
  assert.is(later?.kind, 'unreachable');
  assert.match(later!.reason!, /refused before, with EOPNOTSUPP/);
  assert.is(of('accelref', 'DRM_IOCTL_SYNCOBJ_WAIT', 'ENOENT')?.kind, 'required');
  assert.is(of('accelref', 'DRM_IOCTL_SYNCOBJ_WAIT', 'EOPNOTSUPP')?.reason, 'the driver has the feature');
});

test.run();
