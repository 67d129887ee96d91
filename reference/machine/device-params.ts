/** The parameters of a device: those of its profile, and what the machine and the driver's features add. */
import type { MachineOptions } from './machine.ts';

const FEATURES = ['GEM', 'SYNCOBJ', 'SYNCOBJ_TIMELINE', 'MODESET', 'DUMB', 'PRIME_IMPORT'] as const;

export function deviceParams({
  params: told,
  pageSize,
  driver: { manifest },
}: Pick<MachineOptions, 'params' | 'pageSize' | 'driver'>): Map<string, bigint | string> {
  const params = new Map(told);
  params.set('page_size', BigInt(pageSize));
  params.set('node.openers', BigInt(manifest.openers ?? 0));
  for (const feature of FEATURES)
    params.set(`feature.${feature.toLowerCase()}`, manifest.features.includes(feature) ? 1n : 0n);
  return params;
}
