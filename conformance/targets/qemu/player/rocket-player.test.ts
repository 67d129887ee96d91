import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import type { Registers } from '../guest-memory.ts';
import type { DeviceBehaviour } from './behaviour.ts';
import { RocketPlayer } from './rocket-player.ts';
import * as npu from './rocket-registers.ts';

/** Registers in an array, and the driver's writes in the driver's order. */
class Device implements Registers {
  readonly words = new Map<number, number>();
  /** What INTERRUPT_RAW_STATUS held when the line rose. */
  readonly raised: number[] = [];
  readonly player: RocketPlayer;
  private readonly left: number[];

  /** @param left addresses of the tasks that follow the first of a job */
  constructor(behaviour?: DeviceBehaviour, left: readonly number[] = []) {
    this.left = [...left];
    this.player = new RocketPlayer(this, { pulse: () => this.interrupt() }, behaviour);
  }

  read32(offset: number): number {
    return this.words.get(offset) ?? 0;
  }

  write32(offset: number, value: number): void {
    this.words.set(offset, value >>> 0);
  }

  submit(address: number): void {
    this.write32(npu.BASE_ADDRESS, address);
    this.write32(npu.REGISTER_AMOUNTS, 1);
    this.write32(npu.INTERRUPT_MASK, npu.DPU_0 | npu.DPU_1);
    this.write32(npu.OPERATION_ENABLE, npu.RUN);
  }

  /** What the driver's handlers do. */
  private interrupt(): void {
    const status = this.read32(npu.INTERRUPT_RAW_STATUS);
    this.raised.push(status);
    if (!(status & (npu.DPU_0 | npu.DPU_1))) return;
    this.write32(npu.INTERRUPT_MASK, 0);
    this.write32(npu.OPERATION_ENABLE, 0);
    this.write32(npu.INTERRUPT_CLEAR, 0x1ffff);
    const next = this.left.shift();
    if (next !== undefined) this.submit(next);
  }

  async until(condition: () => boolean): Promise<void> {
    for (let left = 1000; !condition() && left > 0; left -= 1) await sleep(1);
    assert.ok(condition(), 'the player does it within a second');
  }

  ends(): string[] {
    return this.player.tasks.map(({ end }) => end);
  }
}

const test = suite('rocket-player');

test('ends each task of a job well', async () => {
  const device = new Device(undefined, [0x2000, 0x3000]);
  device.submit(0x1000);
  await device.until(() => device.raised.length === 3);
  assert.deepEqual(device.raised, [npu.DPU_0, npu.DPU_0, npu.DPU_0]);
  assert.deepEqual(
    device.player.tasks.map(({ commands, amount, mask }) => [commands, amount, mask]),
    [0x1000, 0x2000, 0x3000].map(address => [address, 1, npu.DPU_0 | npu.DPU_1]),
  );
  assert.deepEqual(device.ends(), ['completed', 'completed', 'completed']);
  device.player.stop();
});

test('a late task ends when its time has come', async () => {
  const device = new Device({ kind: 'late', ms: 30 });
  device.submit(0x1000);
  await device.until(() => device.player.tasks.length === 1);
  assert.deepEqual(device.ends(), ['running']);
  await device.until(() => device.raised.length === 1);
  assert.deepEqual(device.ends(), ['completed']);
  device.player.stop();
});

test('a fault is no end that the driver takes for one', async () => {
  const device = new Device({ kind: 'fault' });
  device.submit(0x1000);
  await device.until(() => device.raised.length === 1);
  assert.deepEqual(device.raised, [npu.DMA_READ_ERROR]);
  assert.deepEqual(device.ends(), ['fault']);
  device.player.stop();
});

test('a core that hangs once is reset by the next task, which ends well', async () => {
  const device = new Device({ kind: 'hang', once: true });
  device.submit(0x1000);
  await device.until(() => device.player.tasks.length === 1);
  await sleep(10);
  assert.deepEqual(device.raised, []);
  device.submit(0x2000);
  await device.until(() => device.raised.length === 1);
  assert.deepEqual(device.ends(), ['reset', 'completed']);
  device.player.stop();
});

test('what only another device does is refused', () => {
  assert.throws(() => new Device({ kind: 'parse-error' }), /nobody plays a Rockchip NPU.*parse-error/);
});

test.run();
