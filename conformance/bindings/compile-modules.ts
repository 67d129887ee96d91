/** Generated TypeScript modules, compiled as strictly as the compiler can, with nothing else installed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../cli/version.ts';

const OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  types: [],
  rootDir: 'source',
  outDir: 'compiled',
  declaration: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  rewriteRelativeImportExtensions: true,
};

/** Writes modules below a folder and compiles them; gives what the compiler says, nothing when it is content. */
export function compileModules(folder: string, modules: ReadonlyMap<string, string>): string {
  for (const [name, text] of [...modules, ['../package.json', '{"type":"module"}\n'] as const]) {
    const path = join(folder, 'source', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: OPTIONS, include: ['source'] }),
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot(), 'node_modules/typescript/bin/tsc'), '-p', folder],
    { encoding: 'utf8' },
  );
  return stdout + stderr;
}
