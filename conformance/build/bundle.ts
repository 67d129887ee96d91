/**
 * The command as few files instead of many hundred modules: most of the time of a short command went into loading
 * them. Packages stay where npm puts them. The threads are entries of their own, beside the command, which finds them
 * by their file names.
 */
import { join } from 'node:path';
import { build } from 'esbuild';
import { COMMAND, packageRoot } from '../cli/version.ts';
import { replaceFolder } from './replace-folder.ts';

const root = packageRoot();
const outdir = join(root, COMMAND, '..');
const ENTRIES = ['cli/main.ts', 'cli/validate-thread.ts', 'mutants/worker.ts'];

const { outputFiles } = await build({
  entryPoints: ENTRIES.map(entry => join(root, 'conformance', entry)),
  entryNames: '[name]',
  outdir,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  minifyWhitespace: true,
  logLevel: 'warning',
});
// Parts are loaded when they are needed: a command that runs while the same sources are built again must find them.
replaceFolder(outdir, outputFiles);
