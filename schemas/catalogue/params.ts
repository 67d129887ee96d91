/** Device parameters that every description may use, beside those of its driver. */
import type { DriverManifest } from '../generated/types/driver.ts';
import type { Params } from './check-call.ts';

const FEATURES = ['gem', 'syncobj', 'syncobj_timeline', 'modeset', 'dumb', 'prime_import'];

/**
 * What VERSION tells, the page size of the ABI, the features of the driver (include/drm/drm_drv.h), and how many may open
 * its node, 0 for any number.
 */
const COMMON = new Map<string, 'number' | 'text'>([
  ...['name', 'desc', 'date'].map(name => [`version.${name}`, 'text'] as const),
  ...['major', 'minor', 'patchlevel'].map(name => [`version.${name}`, 'number'] as const),
  ...FEATURES.map(name => [`feature.${name}`, 'number'] as const),
  ['node.openers', 'number'],
  ['page_size', 'number'],
]);

export const commonParams: Params = name => COMMON.get(name);

const ofManifest = new WeakMap<DriverManifest, Params>();

/** The same function for the same manifest. */
export function paramsOf(manifest: DriverManifest): Params {
  let params = ofManifest.get(manifest);
  if (!params) {
    params = name =>
      COMMON.get(name) ?? (Object.hasOwn(manifest.params, name) ? manifest.params[name]!.type : undefined);
    ofManifest.set(manifest, params);
  }
  return params;
}
