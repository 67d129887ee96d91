/** Where older kernels keep a header, as the driver manifests say (`former_headers`). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { DriverManifest } from '../../schemas/index.ts';

/** Header of today to its former places, the newest first. */
export function formerHeaders(root: string): Map<string, readonly string[]> {
  const folder = join(root, 'schemas/drivers');
  const manifests = readdirSync(folder).map(
    name => parse(readFileSync(join(folder, name, 'driver.yaml'), 'utf8')) as DriverManifest,
  );
  return new Map(manifests.map(({ header, former_headers: places = [] }) => [header, places]));
}
