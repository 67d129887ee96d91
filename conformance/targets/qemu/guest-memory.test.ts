import { fstatSync, readlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGuestMemory } from './guest-memory.ts';

test('registers are little-endian words at their place in the file', () => {
  const memory = createGuestMemory(0x4000);
  const device = memory.registers(0x1000, 0x100);
  const first = memory.registers(0x1000, 4);
  const bytes = memory.registers(0x1002, 4);
  device.write32(0, 0x8123_4567);
  device.write32(0xfc, -1);
  assert.is(first.read32(0), 0x8123_4567);
  assert.is(bytes.read32(0), 0x8123, 'upper half first, then the zero of the next register');
  assert.is(device.read32(0xfc), 0xffff_ffff);
  assert.is(device.read32(4), 0);
  memory.close();
});

test('memory can be copied out, and only from inside', () => {
  const memory = createGuestMemory(0x2000);
  memory.registers(0x1ffc, 4).write32(0, 0x0403_0201);
  assert.equal([...memory.read(0x1ffd, 3)], [2, 3, 4]);
  assert.throws(() => memory.read(0x1ffd, 4), /4 bytes at 8189 are not inside memory of 8192 bytes/);
  assert.throws(() => memory.read(-1, 1), /not inside/);
  memory.close();
  assert.throws(() => memory.read(0, 1), /the virtual machine is closed/);
});

test('an offset outside or between registers is refused', () => {
  const memory = createGuestMemory(0x1000);
  const device = memory.registers(0, 0x100);
  for (const offset of [-4, 2, 0x100, 0xfe, Number.NaN]) {
    assert.throws(() => device.read32(offset), /register offset/, String(offset));
  }
  memory.close();
  assert.throws(() => device.read32(0), /closed/);
  memory.close();
});

test('the file has its size and no name that could stay behind', () => {
  const memory = createGuestMemory(0x4000);
  assert.is(fstatSync(memory.fd).size, 0x4000);
  assert.is(fstatSync(memory.fd).nlink, 0);
  assert.match(readlinkSync(`/proc/self/fd/${memory.fd}`), /\(deleted\)$/);
  memory.close();
});

test.run();
