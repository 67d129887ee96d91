/** Where the compiled fakes are, for the tests. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export const root = packageRoot();

/** The command line of the kit, compiled. */
export const kit = join(root, 'dist/bin/main.js');

/** A command that starts a fake, as it is written after `exec:`. */
export function fake(name: string, ...words: string[]): string {
  return [process.execPath, join(root, `dist/conformance/fakes/${name}.js`), ...words]
    .map(word => `"${word}"`)
    .join(' ');
}
