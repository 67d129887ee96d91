import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamEvent } from '../run/events.ts';
import { prettyReport } from './pretty.ts';
import { printable } from './printable.ts';
import { wrapText } from './wrap.ts';

test('control characters of a target should never reach the terminal', () => {
  assert.is(printable('a\u001b[31mb\n\u009bc'), 'a\\x1b[31mb\\x0a\\x9bc');
  let shown = '';
  const report = prettyReport({ write: text => (shown += text) }, { color: false, width: 80 });
  const verdict: StreamEvent = {
    event: 'verdict',
    clause: 'kernel.log',
    instance: 'kernel',
    level: 'MUST',
    verdict: 'violates',
    reason: 'BUG: \u001b]0;title\u0007',
    probes: 1,
    deviations: [],
  };
  report(verdict);
  report({
    event: 'end',
    complete: true,
    reason: '',
    counts: {
      conforms: 0,
      violates: 1,
      'violates (known)': 0,
      drift: 0,
      'not claimed': 0,
      'not reached': 0,
      silent: 0,
      unknown: 0,
      'kit error': 0,
    },
    steps: 1,
    environmental: {},
    status: 1,
  });
  assert.match(shown, /VIOLATES kernel\.log @ kernel/);
  assert.match(shown, /\\x1b\]0;title\\x07/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.not.match(shown, /[\u0000-\u0009\u000b-\u001f]/);
});

test('lines should be wrapped at blanks, and a longer word kept whole', () => {
  assert.equal(wrapText('one two three', 8), ['one two', 'three']);
  assert.equal(wrapText('abcdefghij k', 4), ['abcdefghij', 'k']);
  assert.equal(wrapText('', 4), ['']);
});

test.run();
