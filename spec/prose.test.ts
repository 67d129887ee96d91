import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { proseProblems } from './prose.ts';
import { silences } from './silences.ts';

const lines = (text: string) => proseProblems('a.md', text).map(each => /^a\.md:(\d+)/.exec(each)![1]);

test('a demand without a clause should be told with its line, in a paragraph, an item and a row', () => {
  assert.equal(lines('# Title\n\nA driver\nmust do it.\n'), ['3']);
  assert.equal(lines('- it must\n- fine [handle.zero]\n1. and MUST NOT\n'), ['1', '3']);
  assert.equal(lines('| a | b |\n|---|---|\n| it must | x |\n| it must | [handle.zero] |\n'), ['3']);
});

test('a demand with its clause should pass, also when the clause stands on the next line', () => {
  assert.equal(lines('A handle must name an object\n[handle.never-issued].\n'), []);
  assert.equal(lines('- it must\n  do so [handle.zero]\n'), []);
});

test('a clause that does not exist should be told, with and without a demand', () => {
  assert.match(proseProblems('a.md', 'So it is [handle.nothing].')[0]!, /a\.md:1: cites \[handle\.nothing\]/);
  assert.equal(lines('It must [handle.nothing].'), ['1']);
});

test('a heading should neither demand nor cite', () => {
  assert.equal(lines('## What a driver must do\nIt does.\n'), []);
  assert.equal(lines('## It must\nIt must.\n## Handles [handle.zero]\n'), ['2']);
});

test('code, links and words that hold the letters should be left alone', () => {
  assert.equal(lines('```\nit must\n```\n\nThe `must` of others, and mustard.\n'), []);
  assert.equal(lines('~~~~\n```\nmust\n~~~~\n'), []);
  assert.equal(lines('It must, see [handle.zero](page.md).\n'), ['1']);
  assert.equal(lines('It must, see `[handle.zero]`.\n'), ['1']);
});

test('a silence may be cited, but it is no clause', () => {
  const { id } = silences[0]!;
  assert.equal(lines(`It is open [${id}].\n\nIt must [${id}].\n`), ['3']);
});

test('an item should end where the next begins, so that one citation does not serve two', () => {
  assert.equal(lines('- it must [handle.zero]\n- it must\n'), ['2']);
});

test.run();
