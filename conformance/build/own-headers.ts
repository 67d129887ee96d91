/** The header of the project's own reference module: no package has it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';

/** Include root of the module's header. */
export const OWN_INCLUDE = join(packageRoot(), 'reference/module/uapi');
/** Headers of ours, with the version of the interface that they describe. */
export const OWN_HEADERS: ReadonlyMap<string, string> = new Map([['drm/accelref_accel.h', '1.0.0']]);
/** Where facts of those say they come from. */
export const OWN_PACKAGE = 'accel-uapi';

/** Where a header lies: below the include root, or in this project. */
export function headerPath(includeRoot: string, header: string): string {
  const own = join(OWN_INCLUDE, header);
  return OWN_HEADERS.has(header) && existsSync(own) ? own : join(includeRoot, header);
}
