import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesOfHex, hexOf } from './hex.ts';

test('bytes should be read in every form that tools print', () => {
  for (const text of [
    '00100aff',
    '00 10 0a ff',
    '0x00 0x10 0x0a 0xff',
    '0x00100aff',
    '\\x00\\x10\\x0a\\xff',
    '0010 0aff',
    '0x0,0x10,0xa,0xff',
    '"\\x00\\x10\\x0A\\xFF"',
    '00:10:0a:ff',
  ])
    assert.equal([...bytesOfHex(text)], [0, 16, 10, 255], text);
});

test('half a byte and what is no digit should be refused', () => {
  assert.throws(() => bytesOfHex('00100'), /5 hex digits, an odd number/);
  assert.throws(() => bytesOfHex('0 1'), /"0" has 1 hex digits, an odd number/);
  assert.throws(() => bytesOfHex('00 xy'), /"x" in "xy" is no hex digit/);
});

test('bytes should be printed two digits each, long ones cut', () => {
  assert.is(hexOf(Uint8Array.of(1, 255)), '01 ff');
  assert.is(hexOf(Uint8Array.of(1, 2, 3), 2), '01 02 ... (3 bytes)');
});

test.run();
