/** From an ioctl number to the description of its handler. */
import type { CallDescription, DriverDescription } from '../../schemas/index.ts';

const byNumber = new WeakMap<DriverDescription, Map<number, CallDescription>>();

/** The call of the node's own letter with this number. */
export function callOf(driver: DriverDescription, number: number): CallDescription | undefined {
  let map = byNumber.get(driver);
  if (!map) {
    const letter = Number(driver.types.constantValue('DRM_IOCTL_BASE'));
    map = new Map(
      [...driver.calls.values()]
        .filter(call => call.request?.letter === letter)
        .map(call => [call.request!.number, call]),
    );
    byNumber.set(driver, map);
  }
  return map.get(number);
}
