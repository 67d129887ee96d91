import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expand, type Macros, parseDefine } from './macros.ts';
import { spell, tokenizeLine } from './tokens.ts';

function expanded(text: string, ...definitions: string[]): string {
  const macros: Macros = new Map();
  for (const definition of definitions) {
    const macro = parseDefine(tokenizeLine(definition))!;
    macros.set(macro.name, macro);
  }
  return spell(expand(tokenizeLine(text), macros));
}

test('pasting builds a macro name that is then expanded', () => {
  const text = expanded(
    'REQ(WR, QUERY, query)',
    'REQ(a, id, t) DRM_IO ## a(BASE + ID_ ## id, struct s_ ## t)',
    'DRM_IOWR(nr, type) _IOWR(100, nr, type)',
    'BASE 0x40',
  );
  assert.is(text, '_IOWR ( 100 , 0x40 + ID_QUERY , struct s_query )');
});

test('an argument beside ## is not expanded first, elsewhere it is', () => {
  assert.is(expanded('F(A)', 'A 1', 'F(x) x_ ## x'), 'x_A');
  assert.is(expanded('F(A)', 'A 1', 'F(x) x + x'), '1 + 1');
});

test('a macro is not expanded inside its own expansion', () => {
  assert.is(expanded('A', 'A B', 'B A + 1'), 'A + 1');
  assert.is(expanded('F(F(1))', 'F(x) x + 0'), '1 + 0 + 0');
});

test('a function-like macro without parentheses stays, and one defined with a space takes no parameters', () => {
  assert.is(expanded('F + 1', 'F(x) x'), 'F + 1');
  assert.is(expanded('F', 'F (x)'), '( x )');
});

test('further arguments keep their commas', () => {
  assert.is(
    expanded('G(T, a; int b, c;)', 'G(TAG, MEMBERS...) struct TAG { MEMBERS }'),
    'struct T { a ; int b , c ; }',
  );
  assert.is(expanded('V(1, 2, 3)', 'V(x, ...) f(x, __VA_ARGS__)'), 'f ( 1 , 2 , 3 )');
});

test('an empty argument pastes to nothing', () => {
  assert.is(expanded('P(, B)', 'P(a, b) x a ## b'), 'x B');
  assert.is(expanded('P(A, )', 'P(a, b) x a ## b'), 'x A');
});

test('what comes from an argument keeps its own line, what comes from the body stands at the call', () => {
  const macro = parseDefine(tokenizeLine('F(x) [ x ]'))!;
  const call = tokenizeLine('F(a)').map((token, i) => ({ ...token, line: i + 10 }));
  const out = expand(call, new Map([['F', macro]]));
  assert.equal(
    out.map(token => `${token.text}@${token.line}`),
    ['[@10', 'a@12', ']@10'],
  );
});

test('the macros that were used are told', () => {
  const used = new Set<string>();
  const macros: Macros = new Map(
    ['A B', 'B 1', 'C 2'].map(text => parseDefine(tokenizeLine(text))!).map(macro => [macro.name, macro]),
  );
  expand(tokenizeLine('A'), macros, used);
  assert.equal([...used], ['A', 'B']);
});

test.run();
