/**
 * The primary node of a device (drivers/gpu/drm/drm_drv.c: DRM_MINOR_PRIMARY), as far as the kit uses it: it makes
 * buffers for a node that may make none, since MODE_CREATE_DUMB is not for render nodes (drm_ioctl.c: drm_ioctls).
 */
import type { DriverDescription } from '../../schemas/index.ts';
import { type IoctlHost, type IoctlResult, ioctl } from './ioctl.ts';
import type { Client } from './objects.ts';

const descriptions = new WeakMap<DriverDescription, DriverDescription>();

/** The device as its primary node shows it: everything that is not described there is followed. */
function primaryOf(driver: DriverDescription): DriverDescription {
  let found = descriptions.get(driver);
  if (!found) {
    const { node: _node, ...manifest } = driver.manifest;
    const around = [driver.calls.get('open')!, driver.calls.get('ioctl')!];
    const calls = [...around, ...driver.primary.values()];
    found = { ...driver, manifest, calls: new Map(calls.map(call => [call.name, call])) };
    descriptions.set(driver, found);
  }
  return found;
}

export function primaryIoctl(host: IoctlHost, client: Client, request: bigint, address: bigint): IoctlResult {
  const seen = Object.create(host, { driver: { value: primaryOf(host.driver) } }) as IoctlHost;
  return ioctl(seen, client, request, address);
}
