import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, tsModules } from '../../schemas/index.ts';

const modules = tsModules(catalogue(), [catalogue().drivers.get('ethosu')!]);

/** One script for a browser; a module that needs one of Node.js would not resolve. */
async function script(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from './ethosu.ts'; export * from './accel-uapi.ts';`, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'bindings',
    plugins: [
      {
        name: 'generated',
        setup(own) {
          own.onResolve({ filter: /^\.\// }, ({ path }) => ({ path: path.slice(2), namespace: 'generated' }));
          own.onLoad({ filter: /.*/, namespace: 'generated' }, ({ path }) => ({
            contents: modules.get(path)!,
            loader: 'ts',
          }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

test('the codecs should run where there is nothing but the language', async () => {
  const said = runInNewContext(`${await script()}
    const { drm_ethosu_bo_create, encode, decode } = bindings;
    const bytes = encode(drm_ethosu_bo_create, { size: 4096n, flags: 1, handle: 7 });
    const back = decode(drm_ethosu_bo_create, bytes);
    [Array.from(bytes).join(), back.size, back.flags, back.handle, typeof process].join(' ');`);
  assert.is(said, '0,16,0,0,0,0,0,0,1,0,0,0,7,0,0,0 4096 1 7 undefined');
});

test.run();
