import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder, from the source as from the compiled program. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string };
      if (name === 'accel-uapi') return folder;
    } catch {
      // Not here: one up.
    }
    folder = dirname(folder);
  }
}

/** Where the command line is, in the package. */
export const COMMAND = 'dist/bin/main.js';

/** The file that Node.js runs as the command line. */
export const commandPath = (): string => join(packageRoot(), COMMAND);

/** The kit's version. */
export const version: string = (
  JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
).version;
