import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import type { Registers } from '../guest-memory.ts';
import type { DeviceBehaviour } from './behaviour.ts';
import * as npu from './npu-registers.ts';
import { Player } from './player.ts';

/** Registers in an array, and the driver's writes in the driver's order. */
class Device implements Registers {
  readonly words = new Map<number, number>([[npu.ID, 0x1000_6010]]);
  pulses = 0;
  readonly player: Player;

  constructor(behaviour?: DeviceBehaviour) {
    this.player = new Player(this, { pulse: () => this.interrupt() }, behaviour);
  }

  read32(offset: number): number {
    return this.words.get(offset) ?? 0;
  }

  write32(offset: number, value: number): void {
    this.words.set(offset, value >>> 0);
  }

  submit(size: number): void {
    this.write32(npu.QBASE, 0x4100_0000);
    this.write32(npu.QSIZE, size);
    this.write32(npu.CMD, npu.RUN);
  }

  /** What the driver's handler does. */
  private interrupt(): void {
    this.pulses += 1;
    if (this.read32(npu.STATUS) & npu.IRQ_RAISED) this.write32(npu.CMD, npu.CLEAR_IRQ);
  }

  async until(condition: () => boolean): Promise<void> {
    for (let left = 1000; !condition() && left > 0; left -= 1) await sleep(1);
    assert.ok(condition(), 'the player does it within a second');
  }
}

const test = suite('player');

test('ends a job well and lowers the interrupt when it is cleared', async () => {
  const device = new Device();
  device.submit(64);
  await device.until(() => device.pulses === 1);
  assert.equal(device.read32(npu.QREAD), 64);
  await device.until(() => device.read32(npu.STATUS) === npu.END_REACHED);
  const [job] = device.player.jobs;
  assert.equal(job?.queueBase, 0x4100_0000n);
  assert.equal(job?.queueSize, 64);
  assert.equal(job?.end, 'completed');
  device.player.stop();
});

test('a start that a clearing has overwritten is not lost', async () => {
  const device = new Device();
  device.submit(64);
  device.write32(npu.CMD, npu.CLEAR_IRQ);
  await device.until(() => device.player.jobs.length === 1);
  device.player.stop();
});

test('a start is played once, however long CMD keeps it', async () => {
  const device = new Device({ kind: 'hang' });
  device.submit(64);
  await device.until(() => device.player.jobs.length === 1);
  await sleep(10);
  assert.equal(device.player.jobs.length, 1);
  assert.equal(device.pulses, 0);
  device.player.stop();
});

test('a reset ends the job and forgets the set-up of the monitor', async () => {
  const device = new Device({ kind: 'hang', counters: { cycles: 5n, events: [6] } });
  device.write32(npu.PMCR, npu.COUNT);
  device.write32(npu.eventType(0), 0x11);
  device.write32(npu.PMCNTENSET, 0x8000_0001);
  device.submit(64);
  await device.until(() => device.player.jobs.length === 1);
  device.write32(npu.RESET, 2);
  await device.until(() => device.player.jobs[0]?.end === 'reset');
  assert.equal(device.read32(npu.eventCounter(0)), 6);
  assert.equal(device.read32(npu.PMCCNTR), 5);
  device.submit(64);
  await device.until(() => device.player.jobs.length === 2);
  const setups = device.player.jobs.map(({ monitor }) => monitor);
  assert.deepEqual(setups, [
    { on: true, enabled: 0x8000_0001, events: [0x11] },
    { on: false, enabled: 0, events: [] },
  ]);
  device.player.stop();
});

test('a stale interrupt comes after the reset', async () => {
  const device = new Device({ kind: 'stale', ms: 1 });
  device.submit(64);
  await device.until(() => device.player.jobs.length === 1);
  device.write32(npu.RESET, 2);
  await device.until(() => device.pulses === 1);
  assert.equal(device.player.jobs[0]?.end, 'reset');
  device.player.stop();
});

test('a device that hangs once should end the next job well', async () => {
  const device = new Device({ kind: 'hang', once: true });
  device.submit(64);
  await device.until(() => device.player.jobs.length === 1);
  assert.equal(device.player.jobs[0]?.end, 'running');
  device.write32(npu.RESET, 2);
  await device.until(() => device.player.jobs[0]?.end === 'reset');
  device.submit(64);
  await device.until(() => device.pulses === 1);
  assert.equal(device.player.jobs[1]?.end, 'completed');
  device.player.stop();
});

test('a fault names its reason in STATUS', async () => {
  for (const [kind, reason] of [
    ['fault', npu.BUS_ERROR],
    ['parse-error', npu.PARSE_ERROR],
  ] as const) {
    const device = new Device({ kind });
    device.submit(64);
    await device.until(() => device.pulses === 1);
    assert.ok(device.read32(npu.STATUS) & reason);
    assert.equal(device.player.jobs[0]?.end, kind);
    device.player.stop();
  }
});

test('a reset that never ends is ended by another behaviour', async () => {
  const device = new Device({ kind: 'hang-reset' });
  device.submit(64);
  await device.until(() => device.player.jobs.length === 1);
  device.write32(npu.RESET, 2);
  await device.until(() => device.read32(npu.RESET) === 0);
  assert.equal(device.read32(npu.STATUS), npu.RESETTING);
  device.player.set({ kind: 'complete' });
  assert.equal(device.read32(npu.STATUS), 0);
  device.player.stop();
});

test.run();
