import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_DEPTH } from './limits.ts';
import { parseSource, type SourceOptions } from './source.ts';
import { firstInvalid } from './text.ts';

function sentence(path: string, content: string | Uint8Array, options?: SourceOptions): string {
  try {
    parseSource(path, content, options);
  } catch (error) {
    assert.is((error as Error).name, 'InvalidData', String(error));
    return (error as Error).message;
  }
  return 'it loaded';
}

const utf8 = (text: string) => new TextEncoder().encode(text);

const WRONG: readonly [string, string | Uint8Array, RegExp][] = [
  ['a.json', '', /^a\.json:1:1: the file is empty; expected JSON$/],
  ['a.json', '{"a": 1,\n "a": 2}', /^a\.json:2:2: the key "a" is there twice; remove one$/],
  ['a.json', '[9007199254740993]', /^a\.json:1:2: 9007199254740993 is beyond 2\^53 .* hexadecimal string/],
  ['a.json', '[1e400]', /^a\.json:1:2: 1e400 is no finite number/],
  ['a.json', '[1,]', /^a\.json:1:4: there is "\]", expected a JSON value$/],
  ['a.json', '[01]', /^a\.json:1:3: there is "1", expected a comma or \]$/],
  ['a.json', '{a: 1}', /^a\.json:1:2: there is "a", expected a key in quotes$/],
  ['a.json', '["\\ud800"]', /^a\.json:1:2: this string has half a surrogate pair/],
  ['a.json', '["a\nb"]', /^a\.json:1:2: this string has no end on its line/],
  ['a.json', '{} {}', /^a\.json:1:4: there is "\{" after the end of the JSON; remove it$/],
  ['a.json', '{"__proto__": 1}', /^a\.json:1:2: a key cannot be __proto__/],
  ['a.json', '['.repeat(100_000), /^a\.json:1:65: lists and maps are nested more than 64 deep/],
  ['a.yaml', '# nothing\n', /^a\.yaml:\d+:1: the file is empty; expected YAML$/],
  ['a.yaml', 'a: 1\na: 2\n', /^a\.yaml:2:1: the key "a" is there twice; remove one$/],
  ['a.yaml', 'a: 9007199254740993\n', /^a\.yaml:1:4: 9007199254740993 is beyond 2\^53/],
  ['a.yaml', 'a: 0xffffffffffffffff\n', /^a\.yaml:1:4: 0xffffffffffffffff is beyond 2\^53/],
  ['a.yaml', 'a: 1e300\n', /^a\.yaml:1:4: 1e300 is beyond 2\^53/],
  ['a.yaml', 'a: .inf\n', /^a\.yaml:1:4: \.inf is no finite number/],
  ['a.yaml', 'a: 010\n', /^a\.yaml:1:4: 010 begins with 0/],
  ['a.yaml', 'a: !!set {b}\n', /^a\.yaml:1:4: there is the tag !!set; tags are not used here/],
  ['a.yaml', '%YAML 1.1\n---\na: 1\n', /^a\.yaml:1:1: there is a % directive/],
  ['a.yaml', 'a: 1\n---\nb: 1\n', /^a\.yaml:2:1: .*one file is one document/],
  ['a.yaml', 'a: [1\nb: 2\n', /^a\.yaml:\d:\d: this is no YAML/],
  ['a.yaml', '1: a\n', /^a\.yaml:1:1: this key is no text; write it in quotes$/],
  ['a.yaml', '? [a]\n: 1\n', /^a\.yaml:1:3: this key is no text/],
  ['a.yaml', 'a: *b\n', /^a\.yaml:1:4: .*b/],
  ['a.yaml', 'a: &a [*a]\n', /^a\.yaml:1:8: \*a stands inside what it repeats/],
  ['a.yaml', 'a: &a 1\nb: { <<: *a }\n', /^a\.yaml:2:10: << needs an alias of a map/],
  ['a.yaml', '- '.repeat(100_000), /^a\.yaml:1:129: lists and maps are nested more than 64 deep/],
  ['a.yaml', `a: ${'['.repeat(100_000)}`, /nested more than 64 deep/],
  ['a.yaml', 'a: ]\n', /^a\.yaml:1:4: there is \] that nothing opened/],
  ['a.yaml', utf8('a: "x\0"\n'), /^a\.yaml:1:6: there is the control character U\+0000 at offset 5/],
  ['a.yaml', 'a: \ud800\n', /^a\.yaml:1:4: there is half a surrogate pair at offset 3/],
  [
    'a.yaml',
    Uint8Array.of(0x61, 0x3a, 0x0a, 0x62, 0xe9, 0x0a),
    /^a\.yaml:2:2: byte 0xe9 at offset 4 is no UTF-8; save the file as UTF-8$/,
  ],
  ['a.yaml', Uint8Array.of(0xff, 0xfe, 0x61, 0), /^a\.yaml:1:1: the file begins like UTF-16, expected UTF-8/],
  ['a.yaml', ' '.repeat(1 << 21), /^a\.yaml:1:1: the file has 2097152 bytes, expected at most 1048576/],
  ['a.yaml', `a: [${'1,'.repeat(200_000)}]`, /^a\.yaml:1:\d+: the file has more than 100000 values/],
];

test('every mistake should be one sentence with line and column', () => {
  for (const [path, content, expected] of WRONG) {
    const found = sentence(path, content);
    assert.match(found, expected, `${String(content).slice(0, 40)}: ${found}`);
    assert.not.match(found, /\n/);
  }
});

test('aliases should neither multiply without end nor pile up', () => {
  const laughs = Array.from(
    { length: 40 },
    (_, n) => `l${n}: &l${n} ${n ? `[*l${n - 1}, *l${n - 1}]` : '[1]'}`,
  );
  assert.match(sentence('a.yaml', laughs.join('\n')), /^a\.yaml:\d+:\d+: .*with what its aliases repeat/);
  const ladder = Array.from({ length: 80 }, (_, n) => `l${n}: &l${n} ${n ? `[*l${n - 1}]` : '[1]'}`);
  assert.match(
    sentence('a.yaml', ladder.join('\n')),
    /^a\.yaml:64:\d+: lists and maps are nested more than 64/,
  );
});

test('what is right should be read as it is meant', () => {
  const yaml = 'a: &a { x: 1, y: "0x1" }\nb: { <<: *a, y: 2 }\nc: [~, true, yes, 1.5, -0x10, 2001-01-01]\n';
  assert.equal(parseSource('a.yaml', yaml).data, {
    a: { x: 1, y: '0x1' },
    b: { y: 2, x: 1 },
    c: [null, true, 'yes', 1.5, '-0x10', '2001-01-01'],
  });
  assert.equal(parseSource('a.yaml', `\ufeff${yaml}`).data, parseSource('a.yaml', utf8(yaml)).data);
  assert.is(sentence('a.yaml', `${'[ '.repeat(MOST_DEPTH)}1${' ]'.repeat(MOST_DEPTH)}`), 'it loaded');
});

test('JSON should be read as JSON.parse reads it', () => {
  const keys = fc.string({ unit: 'grapheme' }).filter(key => key !== '__proto__');
  fc.assert(
    fc.property(
      fc.object({
        key: keys,
        values: [fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null)],
      }),
      data => {
        for (const indent of [0, 2])
          assert.equal(
            parseSource('a.json', JSON.stringify(data, null, indent)).data,
            JSON.parse(JSON.stringify(data)),
          );
      },
    ),
  );
});

test('a place in the data should be a place in the text', () => {
  const yaml = parseSource('a.yaml', '\ufeffa:\n  - b: 1\n    c: [2, 3]\n');
  assert.equal(yaml.position(['a', 0, 'c', 1]), { line: 3, column: 12 });
  assert.equal(yaml.position(['a', 0, 'c'], true), { line: 3, column: 5 });
  assert.equal(yaml.position(['a', 0, 'none']), { line: 2, column: 5 });
  const json = parseSource('a.json', '{\r\n "a": [1,\r\n  {"b": 2}]}');
  assert.equal(json.position(['a', 1, 'b']), { line: 3, column: 9 });
  assert.equal(parseSource('a.jsonl', '{"a": 1}', { format: 'json', line: 7 }).position(['a']), {
    line: 7,
    column: 7,
  });
});

test('the first byte that is no UTF-8 should be the one at which the platform stops', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 4 }).map(utf8),
  );
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 3 }), parts => {
      const all = Uint8Array.from(parts.flatMap(part => [...part]));
      const at = firstInvalid(all);
      const decode = (some: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(some);
      if (at < 0) decode(all);
      else {
        decode(all.subarray(0, at));
        assert.throws(() => decode(all));
      }
    }),
  );
});

test.run();
