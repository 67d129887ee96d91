import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTarget } from '../targets/open.ts';
import { loadTrace, readProgram } from '../trace/trace-file.ts';
import { cut } from './cut.ts';
import { close, create, PAGE, recordingOf, session } from './session.test.helper.ts';
import { departures } from './verdict.ts';

const ALL = Number.POSITIVE_INFINITY;
// open, create, close, a create that is refused, create, close
const file = recordingOf([...session, create(PAGE, '2b000000'), close('2b000000')]);
const labels = ({ program }: typeof file) =>
  program.steps.map(({ label }) => label.replace(/,.*|DRM_IOCTL_/g, ''));

test('all should stay without a cut', () => {
  const whole = cut('x', file, 0, ALL);
  assert.equal(whole.program.steps, file.program.steps);
  assert.equal(whole.recorded!.results, file.recorded!.results);
  assert.is(whole.recorded!.whole, true);
});

test('what lies outside should go, but for what makes something', () => {
  assert.equal(labels(cut('x', file, 0, 0)), ['open /dev/accel/accel0', 'ETHOSU_BO_CREATE']);
  assert.equal(labels(cut('x', file, 4, ALL)), [
    'open /dev/accel/accel0',
    'ETHOSU_BO_CREATE',
    'ETHOSU_BO_CREATE',
    'GEM_CLOSE',
  ]);
  const { recorded } = cut('x', file, 4, ALL);
  assert.is(recorded!.whole, false);
  assert.equal(recorded!.left, ['2 steps, which lie outside of the cut']);
});

test('a part should load, and do again what it did', async () => {
  const target = await openTarget('reference:ethosu');
  for (const [first, last] of [
    [0, 0],
    [1, 1],
    [2, 3],
    [4, ALL],
  ] as const) {
    const part = loadTrace('part', JSON.stringify(cut('x', file, first, last)));
    const { program } = readProgram(part, 'part');
    const name = `${first} to ${last}`;
    assert.equal(departures(await target.link.run(program), part.recorded!.results), [], name);
  }
  await target.close();
});

test.run();
