import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTarget } from '../targets/open.ts';
import { part } from './part.ts';
import { programOf } from './program.ts';
import { close, create, open, PAGE, session, table } from './session.test.helper.ts';
import { departures } from './verdict.ts';

const ALL = Number.POSITIVE_INFINITY;
const cut = (first: number, last: number, events = session) => {
  const { events: kept, whole } = part({ events, whole: true }, first, last);
  return { whole, kept: kept.map(event => events.indexOf(event)) };
};

test('all should stay without a cut, and what follows the last call should go', () => {
  assert.equal(cut(0, ALL), { whole: true, kept: [0, 1, 2, 3] });
  assert.equal(cut(0, 1), { whole: false, kept: [0, 1, 2] });
  assert.equal(cut(0, 0), { whole: false, kept: [0, 1] });
});

test('of what comes before the first call, that should stay which makes something', () => {
  // The close makes nothing, and the first call is the one that is refused.
  assert.equal(cut(2, ALL), { whole: true, kept: [0, 1, 3] });
  // A call that only asks goes, too.
  const asked = [
    open(1),
    create('0000000000000000', undefined, -22),
    create(PAGE, '2a000000'),
    close('2a000000'),
  ];
  assert.equal(cut(2, 2, asked), { whole: false, kept: [0, 2, 3] });
});

test('a part should do again what it did within the whole', async () => {
  const longer = [...session, create(PAGE, '2b000000'), close('2b000000')];
  const target = await openTarget('reference:ethosu');
  for (const [first, last] of [
    [1, 1],
    [2, 3],
    [4, ALL],
  ] as const) {
    const { program, results } = programOf(
      part({ events: longer, whole: true }, first, last).events,
      table,
      [],
    );
    assert.equal(departures(await target.link.run(program), results), [], `${first} to ${last}`);
  }
  await target.close();
});

test.run();
