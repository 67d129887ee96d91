import assert from 'node:assert/strict';
import type { Link, Program, Value } from '../../../schemas/index.ts';
import { LinkError } from '../../link/index.ts';
import { openQemu } from './qemu.ts';

/** REGIONCFG, and what the driver sets it to whenever it resets the device (ethosu_reset in ethosu_drv.c). */
const REGIONCFG = 0x3c;
const REGIONCFG_AFTER_RESET = 0xaa8a;
const ID = 0x0;
const ARCHITECTURE_SHIFT = 28;

const STEP_DEADLINE_MS = 10_000;
const WRITE_ONLY = 1n;

/** Writes `text` to a file where the executor runs. */
function writeFile(link: Link, path: string, text: string): ReturnType<Link['run']> {
  const [name, data] = [`${path}\0`, text].map(words => new TextEncoder().encode(words));
  const constant = (value: bigint): Value => ({ kind: 'const', value });
  const program: Program = {
    buffers: [name!, data!].map(bytes => ({
      size: bytes.length,
      data: bytes,
      access: 'read',
      align: 'start',
    })),
    slots: 1,
    steps: [
      {
        op: 'open',
        args: [{ kind: 'address', buffer: 0 }, constant(WRITE_ONLY), constant(0n)],
        captures: [{ slot: 0, from: 'return' }],
        deadline: STEP_DEADLINE_MS,
      },
      {
        op: 'write',
        args: [{ kind: 'slot', slot: 0 }, { kind: 'address', buffer: 1 }, constant(BigInt(data!.length))],
        deadline: STEP_DEADLINE_MS,
      },
    ],
  };
  return link.run(program);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function checkProfile(profile: string, architecture: number): Promise<void> {
  const target = await openQemu('ethosu', { profile });
  try {
    const { hello } = target.link;
    assert.equal(hello.abi, 'aarch64');
    assert.equal(hello.release, target.identity.release);
    assert.equal(hello.log, true, 'the kernel log can be read');
    assert.equal(hello.taint, 0n, 'a stock kernel with stock modules is not tainted');
    assert.equal(target.registers.read32(ID) >>> ARCHITECTURE_SHIFT, architecture);
    const seen = target.registers.read32(REGIONCFG);
    assert.equal(seen, REGIONCFG_AFTER_RESET, 'the driver writes to the registers that the host sees');
  } finally {
    await target.close();
  }
  assert.equal(isRunning(target.machine.pid), false, 'QEMU is gone after close');
}

/** A kernel that dies is reported with its own words, and what had been done before is kept. */
async function checkPanic(): Promise<void> {
  const target = await openQemu('ethosu');
  const failure = await writeFile(target.link, '/proc/sysrq-trigger', 'c').catch((error: unknown) => error);
  await target.close();
  assert.ok(failure instanceof LinkError, 'a panic fails the link');
  assert.match(failure.message, /Kernel panic - not syncing: sysrq triggered crash/);
  // The open's result may still be on its way through the supervisor when all processors stop.
  assert.ok(failure.results.length <= 1, 'nothing after the panic is reported');
  assert.equal(isRunning(target.machine.pid), false, 'QEMU is gone after a panic');
}

/**
 * Boots the stock kernel in QEMU and checks that the stock driver made its node on both hardware profiles. Throws
 * an AssertionError, or the target's own error when something is missing on this computer.
 */
export async function bootCheck(): Promise<void> {
  await checkProfile('u65', 1);
  await checkProfile('u85', 2);
  await checkPanic();
}
