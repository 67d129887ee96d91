import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Link } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import { openTarget } from '../targets/open.ts';
import { agree } from './agree.ts';

const PROGRAMS = 20;

test('the reference as found should agree with itself, and the strict one should not', async () => {
  const found = await openTarget('reference:ethosu,as=linux-7.3');
  const result = await agree(found.link, { seed: 1, programs: PROGRAMS });
  assert.is(result.programs, PROGRAMS);
  assert.equal(result.disagreements, []);
  assert.is(
    Object.values(result.errnos).reduce((sum, count) => sum + count, 0),
    result.steps,
  );
  const strict = await openTarget('reference:ethosu');
  const apart = (await agree(strict.link, { seed: 1, programs: PROGRAMS })).disagreements;
  assert.ok(apart.length > 0);
  const [first] = apart;
  const again = await agree(strict.link, { seed: 1, first: first!.program, programs: 1 });
  assert.equal(
    again.disagreements,
    apart.filter(({ program }) => program === first!.program),
  );
});

test('a lost machine should be told with the step, and from where to go on', async () => {
  const { link } = await openTarget('reference:ethosu,as=linux-7.3');
  let left = Number.POSITIVE_INFINITY;
  const broken: Link = {
    hello: link.hello,
    close: () => link.close(),
    run: async (program, onEvent) => {
      // Those that look at the machine first are few; the random ones have more steps.
      if (left === Number.POSITIVE_INFINITY && program.steps.length > 9) left = 2;
      const trace = await link.run(program, onEvent);
      if (left === 0) throw new LinkError('the kernel died', trace.results.slice(0, 3));
      left -= 1;
      return trace;
    },
  };
  const result = await agree(broken, { seed: 1, programs: PROGRAMS });
  assert.is(result.programs, 3);
  assert.is(result.next, 3);
  const [lost] = result.disagreements;
  assert.equal(
    { program: lost?.program, step: lost?.step, what: lost?.what },
    { program: 2, step: 3, what: 'the machine was lost here or soon after: the kernel died' },
  );
});

test('a program that waits long should be left out', async () => {
  const { link, nodePath } = await openTarget('reference:vgem');
  const result = await agree(link, { seed: 1, programs: 100, nodePath: nodePath! });
  assert.is(result.programs, 100);
  assert.ok(result.leftOut > 0);
  assert.equal(result.disagreements, []);
});

test.run();
