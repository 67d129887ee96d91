import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InOrder } from './in-order.ts';

test('reports should be written in their order, whichever grows or ends first', () => {
  let written = '';
  const reports = new InOrder(text => (written += text));
  reports.add(1, 'b');
  reports.add(0, 'a');
  reports.add(2, 'c');
  assert.is(written, 'a');
  reports.end(2);
  reports.add(1, 'B');
  reports.add(0, 'A');
  assert.is(written, 'aA');
  reports.end(0);
  assert.is(written, 'aAbB');
  reports.add(1, '!');
  reports.end(1);
  assert.is(written, 'aAbB!c');
});

test('a report that was left out should hold up none', () => {
  let written = '';
  const reports = new InOrder(text => (written += text));
  reports.add(3, 'd');
  for (const place of [1, 3, 0, 2]) reports.end(place);
  assert.is(written, 'd');
});

test.run();
