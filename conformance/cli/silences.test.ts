import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { silences } from '../../spec/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { runExplain } from './explain.ts';
import { runList } from './list.ts';

function printed(run: (write: (text: string) => void) => number): string {
  let text = '';
  assert.is(
    run(part => {
      text += part;
    }),
    0,
  );
  return text;
}

test('list silences should print a line for each, and all of each as JSON', () => {
  const lines = printed(write => runList('silences', {}, write))
    .trimEnd()
    .split('\n');
  assert.is(lines.length, silences.length);
  assert.match(lines[0]!, new RegExp(`^${silences[0]!.id} +${silences[0]!.question.slice(0, 10)}`));
  assert.equal(JSON.parse(printed(write => runList('silences', { format: 'json' }, write))), silences);
});

test('explain should print the question, every driver with its source, and the recommendation', () => {
  const text = printed(write => runExplain('silence.timeout-zero', 200, write));
  for (const expected of [
    /^question .*timeout of 0/m,
    /^qaic .*5000 ms.*qaic_data\.c:\d+, read/m,
    /^recommended /m,
  ])
    assert.match(text, expected);
});

test('explain of a silence that is misspelt should name the nearest', () => {
  assert.throws(
    () => runExplain('silence.timeout-zer', 80, () => undefined),
    (error: unknown) => error instanceof UsageError && /silence\.timeout-zero/.test(error.message),
  );
});

test.run();
