import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTarget } from '../targets/open.ts';
import { readProgram } from '../trace/trace-file.ts';
import { recordingOf, session } from './session.test.helper.ts';
import { smallest } from './smallest.ts';
import { departures } from './verdict.ts';

test('what differs should be left with what it needs, and replay as it was recorded where nothing differs', async () => {
  const file = recordingOf(session);
  const { program, labels } = readProgram(file, 'x');
  const mutant = await openTarget('reference:ethosu,mutant=drop.ethosu.bo_create.size-zero');
  const [wanted] = departures(await mutant.link.run(program), file.recorded!.results);
  const small = await smallest(file, program, labels, mutant.link, wanted!);
  const again = readProgram(small, 'small');
  assert.equal(again.labels, [labels[0], labels[3]]);
  const [still, ...more] = departures(await mutant.link.run(again.program), small.recorded!.results);
  assert.equal(more, []);
  assert.equal([still?.step, still?.expected, still?.observed], [1, 'errno 22', 'success']);
  assert.is(small.recorded!.whole, false);
  assert.match(small.recorded!.left.join(), /^2 steps, which were not needed/);
  await mutant.close();
  const strict = await openTarget('reference:ethosu');
  assert.equal(departures(await strict.link.run(again.program), small.recorded!.results), []);
  await strict.close();
});

test('bytes that differ should be looked for where their buffer has gone', async () => {
  const file = recordingOf(session);
  const { program, labels } = readProgram(file, 'x');
  const results = file.recorded!.results.map(result =>
    result?.after[0]
      ? { ...result, after: [{ ...result.after[0], bytes: `ff${result.after[0].bytes.slice(2)}` }] }
      : result,
  );
  const changed = { ...file, recorded: { ...file.recorded!, results } };
  const strict = await openTarget('reference:ethosu');
  const [wanted] = departures(await strict.link.run(program), results);
  const small = await smallest(changed, program, labels, strict.link, wanted!);
  const again = readProgram(small, 'small');
  assert.is(again.program.steps.length, 2);
  const found = departures(await strict.link.run(again.program), small.recorded!.results);
  assert.is(found.length, 1);
  assert.match(found[0]!.expected, /^byte 0 of buffer \d+ is 0xff$/);
  await strict.close();
});

test.run();
