import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../schemas/index.ts';
import { compare, rateOf } from './measure.ts';

const goal = { ratio: 0.5, why: 'a reason' };

test('a rate should be the median with half of the range around it', () => {
  const samples = [30, 10, 20].map(units => ({ units, seconds: 2 }));
  assert.equal(rateOf(samples), { median: 10, spread: 0.5 });
  assert.equal(rateOf([...samples, { units: 24, seconds: 2 }]).median, 11);
});

test('works should take turns and the first turn should not count', async () => {
  const order: string[] = [];
  const row = await compare(
    {
      what: 'ours',
      unit: 'steps',
      ours: () => {
        order.push('a');
        return { units: order.length === 1 ? 1000 : 4, seconds: 1 };
      },
      against: 'theirs',
      theirs: () => {
        order.push('b');
        return { units: 8, seconds: 1 };
      },
      goal,
    },
    2,
  );
  assert.is(order.join(''), 'ababab');
  assert.equal([row.ours, row.theirs, row.ratio, row.met, row.repetitions], [4, 8, 0.5, true, 2]);
});

test('a goal should be missed just below its ratio', async () => {
  const row = await compare(
    {
      what: 'ours',
      unit: 'steps',
      ours: () => ({ units: 4.9, seconds: 1 }),
      against: 'theirs',
      theirs: () => ({ units: 10, seconds: 1 }),
      goal,
      warmUp: 0,
    },
    1,
  );
  assert.is(row.met, false);
  const machine = { cpu: 'c', cpus: 1, arch: 'x64', kernel: '6', node: '20', load: 0 };
  const bench = { machine, quick: true, sections: [{ name: 'codec', rests: 'nothing', rows: [row] }] };
  validate('bench', 'test', bench);
  assert.throws(
    () =>
      validate('bench', 'test', {
        ...bench,
        sections: [{ name: 'codec', rests: 'x', rows: [{ ...row, met: 'no' }] }],
      }),
    /met must be boolean/,
  );
});

test.run();
