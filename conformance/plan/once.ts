/** What is found once for each device, by the name of a call: runs that differ in what answers only share it. */
import type { DriverDescription } from '../../schemas/index.ts';
import { contextKey, type PlanContext } from './context.ts';

export function byDevice<T>(): (context: PlanContext) => Map<string, T> {
  const drivers = new WeakMap<DriverDescription, Map<string, Map<string, T>>>();
  return context => {
    let devices = drivers.get(context.driver);
    if (!devices) {
      devices = new Map();
      drivers.set(context.driver, devices);
    }
    const key = contextKey(context);
    let calls = devices.get(key);
    if (!calls) {
      calls = new Map();
      devices.set(key, calls);
    }
    return calls;
  };
}
