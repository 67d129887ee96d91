import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidRequest, requestOfText } from './request-text.ts';

const names = {
  constant: (name: string) => (name === 'DRM_COMMAND_BASE' ? 0x40n : undefined),
  sizeOf: (type: string) => (type === 'struct drm_gem_close' ? 8 : undefined),
};
const number = (text: string) => requestOfText(text, names);

test('numbers should be read as logs and programs print them', () => {
  for (const text of [
    '0xc0106440',
    '3222299712',
    'c0106440',
    '-1072667584',
    '0xffffffffc0106440',
    '0xC0106440u',
  ])
    assert.is(number(text), 0xc0106440, text);
  assert.is(number('0x641e'), 0x641e);
});

test('the macros of ioctl.h and drm.h should be computed', () => {
  assert.is(number("_IOWR('d', 0x40, 16)"), 0xc0106440);
  assert.is(number("_IOWR('d', DRM_COMMAND_BASE + 0x00, 16)"), 0xc0106440);
  assert.is(number("_IOW('d', 0x09, struct drm_gem_close)"), 0x40086409);
  assert.is(number("_IO('d', 0x1e)"), 0x641e);
  assert.is(number('_IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x40, 0x10)'), 0xc0106440);
  assert.is(number('_IOC(_IOC_NONE, 0x56, 0x78, 0x1234)'), 0x12345678);
  assert.is(number('DRM_IOWR(0xa7, 0x50)'), 0xc05064a7);
  assert.is(number('DRM_IO(0x1e)'), 0x641e);
});

test('a name should be left to the caller', () => {
  assert.is(number('DRM_IOCTL_GEM_CLOSE'), undefined);
  // Letters alone are a name; a number without 0x has at most eight digits.
  assert.is(number('deadbeef00'), undefined);
});

test('what is no request should be refused with what was expected', () => {
  const refused = (text: string, sentence: RegExp) =>
    assert.throws(
      () => number(text),
      (error: Error) => error instanceof InvalidRequest && sentence.test(error.message),
      text,
    );
  refused('0x1c0106440', /more than the 32 bits/);
  refused("_IOWR('d', 0x140, 16)", /the number 320; expected 0 to 255/);
  refused("_IOWR('d', 0x40, 16384)", /the size 16384; expected 0 to 16383/);
  refused("_IOWR('d', 0x40)", /has 2 arguments; _IOWR takes 3/);
  refused("_IOWR('d', 0x40, struct nothing)", /cannot be computed/);
  refused('_IOWR', /lacks its arguments/);
  refused("_IOWR('d', 0x40, 16", /is not one call/);
  refused('3 + 4', /is no request; expected a number/);
});

test.run();
