/** The scripts of the tools, each in one file. What needs Node would not become one: esbuild then fails. */
import { join } from 'node:path';
import { build } from 'esbuild';

const SCRIPTS = ['decode', 'run', 'worker'];

/** File name -> script. */
export async function toolScripts(root: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: SCRIPTS.map(name => join(root, `docs/tools/browser/${name}.ts`)),
    outdir: join(root, 'dist/site/tools'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    legalComments: 'none',
    write: false,
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf('/') + 1), contents]));
}
