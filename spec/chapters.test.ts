import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chapters, citations, clauses, proseProblems, silences, splitChapter } from './index.ts';

const words = (text: string) => text.split(/\s+/).filter(word => /\w/.test(word)).length;

test('the chapters should be numbered without a gap, as their files are', () => {
  assert.equal(
    chapters.map(({ number }) => number),
    chapters.map((_, index) => index + 1),
  );
  for (const { number, path } of chapters)
    assert.match(path, new RegExp(`^spec/chapters/${String(number).padStart(2, '0')}-[a-z0-9-]+\\.md$`));
});

test('every clause should be cited in a chapter, and every cited id should exist', () => {
  const known = new Set([...clauses.map(({ id }) => id as string), ...silences.map(({ id }) => id)]);
  const cited = new Set<string>();
  for (const { path, cites } of chapters)
    for (const id of cites) {
      assert.ok(known.has(id), `${path} cites ${id}, which does not exist`);
      cited.add(id);
    }
  assert.equal(
    clauses.map(({ id }) => id as string).filter(id => !cited.has(id)),
    [],
    'clauses that no chapter cites',
  );
});

test('every silence should be pointed at from a chapter', () => {
  const cited = new Set(chapters.flatMap(({ cites }) => cites));
  assert.equal(
    silences.map(({ id }) => id).filter(id => !cited.has(id)),
    [],
  );
});

test('a chapter should demand nothing without a clause', () => {
  for (const { path, text } of chapters) assert.equal(proseProblems(path, text), []);
});

test('a chapter should have an example and be short', () => {
  for (const { path, text } of chapters) {
    assert.match(text, /^```/m, `${path} has no example`);
    assert.ok(words(text) <= 900, `${path} has ${words(text)} words`);
  }
});

test('a file of the kernel that a rule rests on should come with its line', () => {
  for (const { path, text } of chapters)
    for (const [, source] of text.matchAll(/\(((?:drivers|include|Documentation|fs)\/[^)\s]*)\)/g))
      assert.match(source!, /:\d+$/, `${path}: ${source}`);
});

test('a citation should be found once, and no link be taken for one', () => {
  assert.equal(citations('[handle.zero] and [handle.zero], a[index.here](link)'), ['handle.zero']);
});

test('a chapter should be split behind its head, and one without a head not at all', () => {
  assert.equal(splitChapter('---\ntitle: A\n---\nText.\n'), { head: 'title: A\n', text: 'Text.\n' });
  assert.is(splitChapter('Text only.\n'), undefined);
});

test.run();
