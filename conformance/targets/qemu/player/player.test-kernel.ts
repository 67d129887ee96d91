/** Gives jobs to the stock ethosu driver while the player plays its device. */
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { MEMORY_BASE, MEMORY_SIZE } from '../machine.ts';
import { openQemu, type QemuTarget } from '../qemu.ts';
import type { DeviceBehaviour, PlayedJob } from './behaviour.ts';
import { copyOut, JobProgram, type Ran } from './job-program.test.helper.ts';

/** Generic errno numbers. */
const ETIME = 62;
const ETIMEDOUT = 110;
const ECANCELED = 125;
/** The driver's watchdog (JOB_TIMEOUT_MS in drivers/accel/ethosu/ethosu_job.c), and room for a busy computer. */
const WATCHDOG_MS = 500;
/** Room to make the sync file of a job before the device fails it, and well before the watchdog looks. */
const FAULT_MS = 150;
const SLACK_MS = 4000;
const PAGE = 4096;
const STREAM = copyOut(64);
const SIGNALED = 1;
const NO_RESET = { name: 'STATUS', offset: 0x4, value: 1 << 3 };
const MANY_COUNTERS = { name: 'PMCR', offset: 0x1180, value: 31 << 11 };

/** The status in a sync file's information: the signed word at 32. */
function fenceStatus(ran: Ran, step: number): number {
  const word = ran
    .step(step)
    .diffs.map(({ offset, bytes }) => ({ at: 32 - offset, bytes }))
    .find(({ at, bytes }) => at >= 0 && at < bytes.length);
  if (word === undefined) return 0;
  const bytes = Buffer.alloc(4);
  bytes.set(word.bytes.subarray(word.at, word.at + 4));
  return bytes.readInt32LE(0);
}

function has(ran: Ran, expected: RegExp): void {
  assert.ok(
    ran.log.some(line => expected.test(line)),
    `the kernel log has ${expected}:\n${ran.log.join('\n')}`,
  );
}

interface OneJob {
  readonly ran: Ran;
  readonly job: PlayedJob;
  /** Milliseconds from the submission to the end of the wait. */
  readonly took: number;
  readonly fence: number;
  /** errno of a wait that does not wait, straight after the submission. */
  readonly atOnce: number;
}

/** One job that the device plays as told. */
async function oneJob(target: QemuTarget, behaviour: DeviceBehaviour): Promise<OneJob> {
  const { player, link } = target;
  player.set(behaviour);
  const before = player.jobs.length;
  const program = new JobProgram();
  const out = program.memory(PAGE);
  const stream = program.stream(STREAM);
  const submit = program.submit([{ stream, regions: [out] }]);
  const poll = program.wait(out, 0n);
  const fence = program.fence(out);
  const wait = program.wait(out);
  const status = program.status(fence);
  const ran = await program.run(link);
  for (const step of [submit, wait, status]) assert.equal(ran.errno(step), 0, ran.labels[step]);
  assert.equal(player.jobs.length, before + 1, 'the device was given one job');
  const took = ran.between(submit, wait);
  const job = player.jobs.at(-1)!;
  return { ran, job, took, fence: fenceStatus(ran, status), atOnce: ran.errno(poll) };
}

function took(found: OneJob, least: number): void {
  assert.ok(found.took >= least && found.took < least + SLACK_MS, `took ${found.took} ms, not ${least}`);
}

/** What the device is given is the checked copy, and addresses in memory. */
async function checkHandover(target: QemuTarget): Promise<void> {
  const { job, ran } = await oneJob(target, { kind: 'complete' });
  assert.equal(job.end, 'completed');
  assert.equal(job.queueSize, 4 * STREAM.length);
  const bytes = target.memory.read(job.queueBase, job.queueSize);
  const words = STREAM.map((_, index) => bytes.readUInt32LE(4 * index));
  assert.deepEqual(words, STREAM, 'the stream that was sent is the stream that the device gets');
  for (const address of [job.queueBase, job.regions[0]!]) {
    assert.equal(address % BigInt(PAGE), 0n);
    assert.ok(address >= MEMORY_BASE && address < MEMORY_BASE + MEMORY_SIZE, `${address} is memory`);
  }
  assert.deepEqual(ran.log, [], 'a job that ends well leaves no trace in the log');
}

/** Jobs that end otherwise than at once and well. */
async function checkEnds(target: QemuTarget): Promise<void> {
  const late = await oneJob(target, { kind: 'late', ms: 200 });
  assert.equal(late.atOnce, ETIME);
  took(late, 200);
  assert.equal(late.fence, SIGNALED);

  const hang = await oneJob(target, { kind: 'hang' });
  assert.equal(hang.atOnce, ETIME);
  took(hang, WATCHDOG_MS);
  assert.equal(hang.fence, -ECANCELED);
  has(hang.ran, /NPU sched timed out: NPU stopped, cmdstream offset 0x0: 0x1000130/);

  const busy = await oneJob(target, { kind: 'hang-busy' });
  took(busy, WATCHDOG_MS + 100);
  has(busy.ran, /NPU sched timed out: NPU running/);

  const moving = await oneJob(target, { kind: 'hang-busy', moves: 1200 });
  took(moving, 1200);
  assert.equal(moving.fence, -ECANCELED);

  const lost = await oneJob(target, { kind: 'hang-lost', read: 8 });
  has(lost.ran, /cmdstream offset 0x8: 0x4031/);

  for (const [kind, bits] of [
    ['fault', '[46]'],
    ['parse-error', '1[02]'],
  ] as const) {
    // A job that is over before its sync file is made leaves no fence to tell how it ended.
    const bad = await oneJob(target, { kind, ms: FAULT_MS });
    assert.equal(bad.job.end, kind);
    assert.ok(bad.took < WATCHDOG_MS, `${kind} ends before the watchdog, not after ${bad.took} ms`);
    assert.equal(bad.fence, -ECANCELED);
    has(bad.ran, new RegExp(`Error IRQ - ${bits}$`));
  }
}

/** Interrupts that mean nothing, or come at the wrong time. */
async function checkInterrupts(target: QemuTarget): Promise<void> {
  const spurious = await oneJob(target, { kind: 'spurious' });
  assert.equal(spurious.job.end, 'completed');
  const early = await oneJob(target, { kind: 'early', ms: 2000 });
  assert.ok(early.took < 2000, 'the driver takes any interrupt for the end of the job');
  target.player.interrupt();
  const after = await oneJob(target, { kind: 'complete' });
  assert.equal(after.fence, SIGNALED, 'an interrupt without a job is ignored');
  assert.deepEqual([...spurious.ran.log, ...early.ran.log, ...after.ran.log], []);
}

/** Two jobs in one call run one after the other. */
async function checkOrder(target: QemuTarget): Promise<void> {
  const { player, link } = target;
  player.set({ kind: 'late', ms: 50 });
  const before = player.jobs.length;
  const program = new JobProgram();
  const outs = [program.memory(PAGE), program.memory(PAGE)];
  const streams = [STREAM, copyOut(128)].map(words => program.stream(words));
  const submit = program.submit(streams.map((stream, index) => ({ stream, regions: [outs[index]!] })));
  const waits = outs.map(out => program.wait(out));
  const ran = await program.run(link);
  for (const step of [submit, ...waits]) assert.equal(ran.errno(step), 0);
  const [first, second] = player.jobs.slice(before);
  assert.ok(first!.ended! <= second!.started, 'the second starts when the first has ended');
  assert.notEqual(first!.regions[0], second!.regions[0]);
}

/** Counter values reach user space as the device showed them, summed over jobs. */
async function checkMonitor(target: QemuTarget): Promise<void> {
  const { player, link } = target;
  player.set({ kind: 'complete', counters: { cycles: 0x1_0000_0002n, events: [7, 0xffff_ffff] } });
  const read = async (counters: readonly number[]) => {
    const program = new JobProgram();
    const out = program.memory(PAGE);
    const stream = program.stream(STREAM);
    const monitor = program.monitor(counters);
    const size = counters.length + 1;
    program.submit([{ stream, regions: [out] }], monitor);
    program.wait(out);
    const values = program.values(monitor, size);
    const ran = await program.run(link);
    const bytes = ran.changed(values.step, values.buffer, 8 * size);
    return Array.from({ length: size }, (_, index) => bytes.readBigUInt64LE(8 * index));
  };
  assert.deepEqual(await read([0x11, 0x20]), [7n, 0xffff_ffffn, 0x1_0000_0002n]);
  const { monitor } = player.jobs.at(-1)!;
  assert.deepEqual(monitor, { on: true, enabled: 0x8000_0003, events: [0x11, 0x20] });
  player.set({ kind: 'complete', counters: { cycles: 0xffff_ffff_ffff_ffffn, events: [] } });
  assert.deepEqual(await read([]), [0xffff_ffff_ffff_ffffn]);
}

/** A device that does not come back from its reset refuses jobs until it does. */
async function checkReset(target: QemuTarget): Promise<void> {
  const stuck = await oneJob(target, { kind: 'hang-reset' });
  assert.equal(stuck.fence, -ECANCELED);
  const program = new JobProgram();
  const out = program.memory(PAGE);
  const stream = program.stream(STREAM);
  const submit = program.submit([{ stream, regions: [out] }]);
  const refused = await program.run(target.link);
  assert.equal(refused.errno(submit), ETIMEDOUT);
  const healed = await oneJob(target, { kind: 'complete' });
  assert.equal(healed.fence, SIGNALED);
}

/** Devices that lie about themselves from the start. */
async function checkIdentity(): Promise<void> {
  await assert.rejects(openQemu('ethosu', { presets: [NO_RESET] }), (error: Error) => {
    assert.match(error.message, /no driver made .*probe with driver ethosu failed with error -110/s);
    return true;
  });
  const target = await openQemu('ethosu', { profile: 'u85', presets: [MANY_COUNTERS] });
  try {
    const program = new JobProgram();
    program.monitor([1], 9);
    has(await program.run(target.link), /UBSAN: array-index-out-of-bounds in .*ethosu_perfmon\.c/);
    // The performance monitor of this generation is elsewhere.
    await checkMonitor(target);
  } finally {
    await target.close();
  }
}

/** Throws an AssertionError, or the target's own error when something is missing on this computer. */
export async function playerCheck(): Promise<void> {
  const target = await openQemu('ethosu');
  try {
    await checkHandover(target);
    await checkEnds(target);
    await checkInterrupts(target);
    await checkOrder(target);
    await checkMonitor(target);
    await checkReset(target);
  } finally {
    await target.close();
  }
  await checkIdentity();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await playerCheck();
