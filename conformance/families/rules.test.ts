/** Plans of devices that differ in what they say of themselves. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { context } from './context.test.helper.ts';
import { planCases } from './index.ts';

test('a driver with another version should be planned for, whatever was planned before', () => {
  const plan = { ...context('ethosu') };
  const versioned = (major: bigint) => ({
    ...plan,
    params: new Map([...plan.params, ['version.major', major], ['version.minor', 0n]] as const),
  });
  // The numbers of a device and their neighbours are tried as arguments: there is one more with the first.
  const [first, second] = [versioned(1n), versioned(0n)].map(each => planCases(each).length);
  assert.ok(first! > 0);
  assert.is(second, first);
});

test.run();
