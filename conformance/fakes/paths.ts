/** Where the compiled fakes are, for the tests. */
import { join } from 'node:path';
import { commandPath, packageRoot } from '../cli/version.ts';

export const root = packageRoot();

/** The command line of the kit, compiled. */
export const kit = commandPath();

/** A command that starts a fake, as it is written after `exec:`. */
export function fake(name: string, ...words: string[]): string {
  return [process.execPath, join(root, `dist/conformance/fakes/${name}.js`), ...words]
    .map(word => `"${word}"`)
    .join(' ');
}
