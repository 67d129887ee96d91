import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { context } from '../families/context.test.helper.ts';
import { isolationFamily } from '../families/isolation.ts';
import { jobFamily } from '../families/job.ts';
import { closingEarly } from './closing.ts';

const destructive = (driver: string) => {
  const planned = context(driver);
  return [...jobFamily(planned), ...isolationFamily(planned)]
    .filter(({ tier }) => tier === 'destructive')
    .map(({ name }) => name);
};

test('what closes a file of rocket under its buffers should be destructive, and nothing else there', () => {
  assert.equal(destructive('rocket'), [
    'failure.DRM_IOCTL_ROCKET_SUBMIT.lost',
    'close.DRM_IOCTL_ROCKET_SUBMIT',
    'interference',
    'secret.closed',
    'secret.died',
  ]);
  assert.equal(destructive('ethosu'), ['failure.DRM_IOCTL_ETHOSU_SUBMIT.lost']);
});

test('a driver is named because a deviation of it says so', () => {
  for (const { name, deviations } of catalogue().drivers.values()) {
    const deadly = closingEarly(context(name)).tier !== undefined;
    assert.is(
      deviations.some(({ id }) => id.endsWith('.outlives-its-file')),
      deadly,
      name,
    );
  }
});

test.run();
