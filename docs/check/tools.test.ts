import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { otherVerdicts, verdictsOf } from './tools.ts';

const line = (instance: string, verdict: string) =>
  `{"event":"verdict","clause":"a.b","instance":"${instance}","verdict":"${verdict}","reason":""}\n`;

test('two runs should differ by the instance that ended otherwise, however their totals agree', () => {
  const here = verdictsOf(`{"event":"run"}\n${line('x', 'conforms')}${line('y', 'not reached')}`);
  const there = verdictsOf(`${line('x', 'not reached')}${line('y', 'conforms')}{"event":"end"}\n`);
  assert.is(here.size, 2);
  assert.is(otherVerdicts(here, here), undefined);
  assert.match(otherVerdicts(here, there)!, /2 of 2 verdicts differ, as a\.b@x: conforms/);
  assert.match(otherVerdicts(here, verdictsOf(line('x', 'conforms')))!, /1 of 1/);
  assert.match(otherVerdicts(here, new Map())!, /no verdict/);
});

test.run();
