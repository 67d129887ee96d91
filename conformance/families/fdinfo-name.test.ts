import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wrongName } from './fdinfo-name.ts';

test('the key should hold the name once, and be missing without one', () => {
  const text = 'pos:\t0\ndrm-driver:\tx\ndrm-client-name:\tme\n';
  assert.is(wrongName(text, 'me'), undefined);
  assert.is(wrongName('drm-driver:\tx\n', ''), undefined);
  assert.match(wrongName(text, '')!, /is "me", and the client has no name/);
  assert.match(wrongName('drm-driver:\tx\n', 'me')!, /is not there, and the client called itself me/);
  assert.match(wrongName(`${text}drm-client-name:\tyou\n`, 'me')!, /is "me" and "you"/);
});

test.run();
