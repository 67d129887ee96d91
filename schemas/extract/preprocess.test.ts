import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { preprocess } from './preprocess.ts';
import { spell } from './tokens.ts';

function run(text: string, files: Record<string, string> = {}) {
  const result = preprocess('drm/x.h', text, path => files[path], []);
  return { ...result, text: spell(result.tokens) };
}

test('only the active branch of a condition is read', () => {
  const text = '#if defined(__cplusplus)\na\n#elif defined __linux__ && 1\nb\n#else\nc\n#endif\nd';
  assert.is(run(text).text, 'b d');
  assert.is(run('#if 0\n#if 1\na\n#else\nb\n#endif\n#else\nc\n#endif').text, 'c');
  assert.is(
    run('#ifndef A\n#define A\na\n#endif\n#ifdef A\nb\n#undef A\n#endif\n#ifdef A\nc\n#endif').text,
    'a b',
  );
});

test('the extern "C" guard leaves nothing behind', () => {
  assert.is(
    run('#ifdef __cplusplus\nextern "C" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif').text,
    'int a ;',
  );
});

test('an include is searched beside the header, then from the root, and its macros count', () => {
  const files = { 'drm/drm.h': '#define BASE 0x40\nint core;', 'linux/t.h': '#define T 3\n' };
  assert.is(run('#include "drm.h"\n#include <linux/t.h>\nBASE T', files).text, 'int core ; 0x40 3');
});

test('headers that include one another are read once', () => {
  const files = { 'drm/y.h': '#ifndef Y\n#define Y\n#include "x.h"\nint y;\n#endif' };
  const result = run('#ifndef X\n#define X\n#include "y.h"\nint x;\n#endif', files);
  assert.is(result.text, 'int y ; int x ;');
  assert.equal([...result.guards], ['X', 'Y']);
});

test('a macro that is used before its parts are defined is expanded where it is used', () => {
  assert.is(run('#define SUM (A + B)\n#define A 1\n#define B 2\nSUM').text, '( 1 + 2 )');
});

test('request macros are never expanded away', () => {
  assert.is(run('#define _IOWR(a, b, c) 7\n_IOWR(1, 2, int)').text, '_IOWR ( 1 , 2 , int )');
});

test('a condition that depends on the ABI is reported', () => {
  const { abiConditions, text } = run('#if __BITS_PER_LONG == 64\na\n#else\nb\n#endif');
  assert.is(text, 'a');
  assert.equal(
    abiConditions.map(token => [token.text, token.line]),
    [['__BITS_PER_LONG', 1]],
  );
});

test('own macros come in the order of their lines, the last definition counts', () => {
  const { own } = run('#include "y.h"\n#define B 1\n#define A 2\n#undef B\n#define B 3\n', {
    'drm/y.h': '#define Y 1',
  });
  assert.equal(
    own.map(macro => `${macro.name}=${spell(macro.body)}@${macro.line}`),
    ['A=2@3', 'B=3@5'],
  );
});

test('an open condition and one that cannot be decided name the place', () => {
  assert.throws(() => run('#if 1\n'), /drm\/x\.h: 1 #if without #endif/);
  assert.throws(() => run('\n#if 1 +\n#endif'), /drm\/x\.h:2: cannot decide #if 1 \+/);
});

test.run();
