import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NotConstant } from './expression.ts';
import { Scopes } from './scopes.ts';
import { tokenizeLine } from './tokens.ts';

const scopes = new Scopes();
const one = scopes.evaluate(tokenizeLine('7'));
scopes.addConstant('SEVEN', one);
scopes.addTypedef('drm_magic_t', 'unsigned int');

const lp64 = (text: string): bigint => scopes.evaluate(tokenizeLine(text)).lp64.value;
const ilp32 = (text: string): bigint => scopes.evaluate(tokenizeLine(text)).ilp32.value;

test('literals of every base and suffix', () => {
  assert.is(lp64('0x10'), 16n);
  assert.is(lp64('010'), 8n);
  assert.is(lp64('0'), 0n);
  assert.is(lp64('0b101'), 5n);
  assert.is(lp64('10UL'), 10n);
  assert.is(lp64('0xffffffffffffffffULL'), 0xffffffffffffffffn);
  assert.is(lp64("'d'"), 100n);
  assert.is(lp64("'\\n'"), 10n);
  assert.is(lp64("'\\xff'"), -1n);
});

test('precedence and associativity are those of C', () => {
  assert.is(lp64('1 | 2 << 3 & 24'), 17n);
  assert.is(lp64('10 - 3 - 2'), 5n);
  assert.is(lp64('7 / 2 * 2'), 6n);
  assert.is(lp64('1 + 2 == 3 && 4 > 3'), 1n);
  assert.is(lp64('0 ? 1 : 0 ? 2 : 3'), 3n);
  assert.is(lp64('-7 / 2'), -3n);
  assert.is(lp64('~(1 << 4)'), -17n);
});

test('a set top bit of an int is negative, of an unsigned int it is not', () => {
  assert.is(lp64('1 << 31'), -2147483648n);
  assert.is(lp64('1U << 31'), 2147483648n);
  assert.is(lp64('0x80000000'), 2147483648n);
  assert.is(lp64('2147483648'), 2147483648n);
});

test('long decides what ~0UL is', () => {
  assert.is(lp64('~0UL'), 0xffffffffffffffffn);
  assert.is(ilp32('~0UL'), 0xffffffffn);
  assert.is(ilp32('~0ULL'), 0xffffffffffffffffn);
});

test('the usual conversions: the wider type wins, of two equally wide ones the unsigned', () => {
  assert.is(lp64('-1 < 0U'), 0n);
  assert.is(lp64('-1L < 0U'), 1n);
  assert.is(ilp32('-1L < 0U'), 0n);
  assert.is(lp64('1 ? -1 : 0U'), 0xffffffffn);
});

test('casts to scalars and to typedefs are no parentheses', () => {
  assert.is(lp64('(__u16)~0U'), 0xffffn);
  assert.is(lp64('(unsigned char)0x1ff'), 0xffn);
  assert.is(lp64('(__u64)1 << 63'), 1n << 63n);
  assert.is(lp64('(drm_magic_t)-1'), 0xffffffffn);
  assert.is(lp64('(SEVEN)-1'), 6n);
  assert.is(lp64('sizeof(unsigned long)'), 8n);
  assert.is(ilp32('sizeof(unsigned long)'), 4n);
});

test('what is no integer constant says why', () => {
  const refuses = (text: string, reason: RegExp) =>
    assert.throws(
      () => lp64(text),
      (error: Error) => error instanceof NotConstant && reason.test(error.message),
    );
  refuses('"drm"', /string/);
  refuses('NOBODY + 1', /NOBODY is not known/);
  refuses('1.5', /1\.5 is not an integer/);
  refuses('1 / 0', /division by zero/);
  refuses('1 << 32', /shift out of range/);
  refuses('{ 1 }', /\{ does not belong/);
  refuses('(1', /parenthesis/);
  refuses('1 2', /2 does not belong/);
  refuses('1 +', /ends too early/);
  refuses('sizeof(struct s)', /size of a scalar/);
  refuses('', /empty/);
});

test.run();
