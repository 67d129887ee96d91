import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareReleases, isNewer } from './release.ts';

test('releases should be compared by their three numbers, whatever follows', () => {
  assert.is(compareReleases('7.3.4+deb13-arm64', '7.3.4'), 0);
  assert.ok(compareReleases('7.3', '7.2.12') > 0);
  assert.ok(compareReleases('6.12.117', '7.0') < 0);
  assert.ok(compareReleases('7.10', '7.9') > 0);
});

test('only the first two numbers should make a uAPI newer', () => {
  assert.is(isNewer('7.3.9', '7.3.4'), false);
  assert.is(isNewer('7.4', '7.3.4'), true);
  assert.is(isNewer('6.12', '7.3.4'), false);
  assert.is(isNewer('8.0', '7.3.4'), true);
});

test.run();
