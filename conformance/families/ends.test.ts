/** How changes end, in a scene of their own and in one that others have left. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PlanContext } from '../plan/context.ts';
import { pickKind } from '../plan/payloads.ts';
import { context } from './context.test.helper.ts';
import { endsOf } from './ends.ts';
import type { Change } from './search.ts';

const NAME = 'DRM_IOCTL_ETHOSU_BO_CREATE';
const to = (title: string, values: Change['values']): Change => ({ title, values });
const REFUSED = [to('no size', () => ({ size: 0n })), to('unknown flags', () => ({ flags: 0xffn }))];
/** One that succeeds, between others that are refused. */
const MIXED = [REFUSED[0]!, to('as it is', () => ({})), REFUSED[1]!, to('a page', () => ({ size: 4096n }))];

const errnos = (plan: PlanContext, changes: readonly Change[]) => {
  const call = plan.driver.calls.get(NAME)!;
  const { ends } = endsOf(plan, call, pickKind(0), { changes: () => changes });
  return ends.map(({ errno }) => errno);
};

test('changes should end as they do by themselves, whatever was tried before', () => {
  const alone = MIXED.map(change => errnos(context('ethosu'), [change])[0]);
  assert.equal(alone, ['EINVAL', undefined, 'EINVAL', undefined]);
  const plan = context('ethosu');
  assert.equal(errnos(plan, MIXED), alone);
  // The scene that is left by refused ones only is used again.
  for (let again = 0; again < 3; again += 1)
    assert.equal(errnos(plan, REFUSED), ['EINVAL', 'EINVAL'], `again ${again}`);
  assert.equal(errnos(plan, MIXED), alone);
});

test('each trial should have as many ends as changes', () => {
  const plan = context('ethosu');
  const many = Array.from({ length: 9 }, (_, index) => MIXED[index % MIXED.length]!);
  assert.is(errnos(plan, many).length, many.length);
});

test.run();
