/** Where older kernels keep a header, as the driver manifests say (`former_headers`). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverManifest } from '../../schemas/index.ts';
import { readSource } from '../run/read-source.ts';

/** Header of today to its former places, the newest first. */
export function formerHeaders(root: string): Map<string, readonly string[]> {
  const folder = join(root, 'schemas/drivers');
  const manifests = readdirSync(folder).map(
    name => readSource(join(folder, name, 'driver.yaml')).data as DriverManifest,
  );
  return new Map(manifests.map(({ header, former_headers: places = [] }) => [header, places]));
}
