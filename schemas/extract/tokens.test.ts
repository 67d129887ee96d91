import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { spell, splitAtCommas, tokenize, tokenizeLine } from './tokens.ts';

const places = (text: string) =>
  tokenize(text, 'h').map(line => line.map(token => `${token.text}@${token.line}`));

test('a comment over several lines does not end a logical line, and tokens keep their physical line', () => {
  assert.equal(places('#define A 1 /* one\n two */ + 2\nint x;'), [
    ['#@1', 'define@1', 'A@1', '1@1', '+@2', '2@2'],
    ['int@3', 'x@3', ';@3'],
  ]);
});

test('a continued line is one logical line', () => {
  assert.equal(places('#define A \\\n  (1 | \\\n   2)\nB'), [
    ['#@1', 'define@1', 'A@1', '(@2', '1@2', '|@2', '2@3', ')@3'],
    ['B@4'],
  ]);
});

test('comment marks inside strings are text, and quotes inside comments are not', () => {
  assert.equal(spell(tokenizeLine('"/* no */" // it\'s "gone"')), '"/* no */"');
  assert.equal(spell(tokenizeLine("'/' '*' /* ' */ x")), "'/' '*' x");
});

test('numbers with suffixes and operators of several characters are single tokens', () => {
  assert.equal(
    tokenizeLine('0x8000ULL<<2>=1e+5##a').map(token => token.text),
    ['0x8000ULL', '<<', '2', '>=', '1e+5', '##', 'a'],
  );
});

test('white space before a parenthesis is remembered', () => {
  assert.is(tokenizeLine('F(x)')[1]!.spaced, false);
  assert.is(tokenizeLine('F (x)')[1]!.spaced, true);
});

test('commas inside parentheses do not split', () => {
  assert.equal(splitAtCommas(tokenizeLine('a, (b, c), d')).map(spell), ['a', '( b , c )', 'd']);
});

test.run();
