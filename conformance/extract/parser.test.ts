import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../cli/version.ts';
import { createParser, GRAMMAR } from './parser.ts';

test('the parser should read C', async () => {
  const parser = await createParser();
  const tree = parser.parse('struct s { int a; };')!;
  assert.is(tree.rootNode.hasError, false);
  assert.match(tree.rootNode.toString(), /struct_specifier/);
  tree.delete();
  parser.delete();
});

test('the package should carry the grammar with its licence, and bring the runtime', () => {
  const { files, dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  assert.ok(files.includes(dirname(GRAMMAR)));
  assert.ok(dependencies['web-tree-sitter']);
  assert.match(
    readFileSync(join(packageRoot(), `${GRAMMAR}.LICENSE`), 'utf8'),
    /MIT|Permission is hereby granted/,
  );
});

test.run();
