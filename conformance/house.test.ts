/** The rules of the house that a compiler does not check. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from './cli/version.ts';

const root = packageRoot();
const FOLDERS = ['schemas', 'spec', 'reference', 'conformance', 'docs'] as const;
const LONGEST = 400;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter(name => name.endsWith('.ts') && !name.includes('generated'))
    .map(name => `${folder}/${name}`);
}

/** Specifiers of all static and dynamic imports. */
function imports(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!);
}

const all = FOLDERS.flatMap(sources);
/** Tests, and what only tests use, may reach into the parts. */
const code = all.filter(path => !/\.test[^/]*\.ts$|\/(native|testing|fakes)\//.test(path));

/** The files that a file imports, with the places of both folders in the order of imports. */
function crossing(path: string): { own: number; other: number; target: string }[] {
  const own = FOLDERS.indexOf(path.split('/')[0] as (typeof FOLDERS)[number]);
  return imports(readFileSync(join(root, path), 'utf8'))
    .filter(specifier => specifier.startsWith('.'))
    .map(specifier => {
      const target = relative(root, resolve(root, dirname(path), specifier));
      return { own, other: FOLDERS.indexOf(target.split('/')[0] as (typeof FOLDERS)[number]), target };
    });
}

test('imports should run schemas <- spec <- reference <- conformance <- docs, those of tests too', () => {
  for (const path of all)
    for (const { other, own, target } of crossing(path))
      assert.ok(other >= 0 && other <= own, `${path} imports ${target}`);
});

test('another folder should be used through its index', () => {
  // The project's own generators work on the parts themselves, before the whole exists.
  for (const path of code.filter(each => !each.startsWith('conformance/build/')))
    for (const { other, own, target } of crossing(path))
      if (other < own) {
        const doors = ['index.ts', ...(path.startsWith('docs/tools/browser/') ? ['browser.ts'] : [])];
        assert.ok(
          doors.some(door => target === `${FOLDERS[other]}/${door}`),
          `${path} imports ${target}`,
        );
      }
});

test('schemas, spec, reference, the judge, the plans and the families should run in a browser', () => {
  const browser = /^(schemas|spec|reference|conformance\/(judge|plan|families))\//;
  for (const path of code.filter(each => browser.test(each))) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const specifier of imports(text))
      assert.not.match(specifier, /^node:/, `${path} imports ${specifier}`);
    assert.not.match(
      text,
      /\beval\(|new Function\(|\bprocess\.|\bBuffer\.from\(/,
      `${path} needs Node or eval`,
    );
  }
});

test('no file should be longer than two ideas', () => {
  for (const path of all) {
    const lines = readFileSync(join(root, path), 'utf8').split('\n').length;
    assert.ok(lines <= LONGEST, `${path} has ${lines} lines`);
  }
});

test.run();
