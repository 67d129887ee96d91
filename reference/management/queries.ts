/** What the node for information of a driver takes: its own list, or what tells and does nothing else. */
import type { DriverDescription } from '../../schemas/index.ts';

/** Calls of the core that tell of the driver and the device, and nothing of a client. */
const CORE_QUERIES = ['DRM_IOCTL_VERSION', 'DRM_IOCTL_GET_CAP'];
/** The name that the one node of this kind has (drivers/accel/habanalabs/common/device.c:748). */
const CONTROL_NODE = '/dev/accel/accel_controlDN';

const bound = new WeakMap<DriverDescription, DriverDescription>();

/** The driver with the control node of the management profile, or with its own where it has one. */
export function withControl(driver: DriverDescription): DriverDescription {
  const { manifest } = driver;
  if (manifest.control_calls) return driver;
  let found = bound.get(driver);
  if (!found) {
    const control_calls = [...CORE_QUERIES, ...(manifest.queries ?? [])] as [string, ...string[]];
    found = {
      ...driver,
      manifest: { ...manifest, control: manifest.control ?? CONTROL_NODE, control_calls },
    };
    bound.set(driver, found);
  }
  return found;
}

/** The path of the control node beside the node with this minor; undefined where there is none to talk to. */
export function controlPath({ manifest }: DriverDescription, minor: bigint | number): string | undefined {
  return manifest.control_calls && manifest.control?.replace(/N$/, String(minor));
}

/** The path that a control node has whose driver is not known to have one. */
export function usualControlPath(minor: number): string {
  return CONTROL_NODE.replace(/N$/, String(minor));
}
