/** Steps that run many times, absolute times, and long programs. */
import * as assert from 'uvu/assert';
import { crc32 } from '../../../schemas/protocol/crc32.ts';
import { area, at, c, changed, E, keep, run, type Suite, shorts, slot, step, text } from './kit.ts';

const ROUNDS = 10_000;

export function repeatTests(it: Suite): void {
  it('runs steps again with their fills, patches and captures', async ({ link }) => {
    const trace = await run(
      link,
      [area(8, { align: 'start' }), area(3), area(5000)],
      step('load', [at(0), c(8)], {
        fills: [{ buffer: 1, offset: 0, bytes: new Uint8Array([4, 4, 4]) }],
        patches: [{ buffer: 0, offset: 0, width: 8, value: slot(0, { add: 3n }) }],
        captures: [{ slot: 0, from: 'return' }],
      }),
      step('store', [at(2), c(1), slot(0)]),
      step('repeat', [c(0), c(2), c(10)]),
      step('load', [at(0), c(8)]),
      step('store', [at(1), c(1), c(5)]),
      step('repeat', [c(1), c(1), c(0)]),
    );
    assert.equal(shorts(trace), ['done 3', 'done 0', 'done 10', 'done 33', 'done 0', 'done 0']);
    const big = new Uint8Array(5000);
    big[0] = 33;
    assert.equal(changed(trace.results[2]!), [], 'fills and patches are no changes');
    assert.equal(trace.results[2]!.hashes, [{ buffer: 2, crc32: crc32(big) }]);
    assert.equal(changed(trace.results[4]!), ['1+0:05']);
  });

  it('counts the rounds that end as the first did', async ({ link }) => {
    const trace = await run(
      link,
      [text('/dev/null')],
      step('open', [at(0), c(2), c(0)], keep(0)),
      step('close', [slot(0)]),
      step('repeat', [c(0), c(2), c(50)]),
      // The descriptor that is to be closed is closed once only.
      step('open', [at(0), c(2), c(0)], keep(1)),
      step('close', [slot(1)]),
      step('repeat', [c(4), c(1), c(50)]),
      step('load', [c(0), c(1)]),
      step('repeat', [c(6), c(1), c(50)]),
    );
    assert.equal(
      [2, 5, 7].map(index => shorts(trace)[index]),
      ['done 50', 'done 0', 'done 50'],
    );
  });

  it('refuses to repeat what is not before it', async ({ link }) => {
    const wrong = [
      [0, 0],
      [0, 2],
      [2, 1],
      [0x10000, 1],
      [0, -1],
      [-1, 2],
    ].map(([first, count]) => run(link, [], step('nop', []), step('repeat', [c(first!), c(count!), c(1)])));
    for (const trace of await Promise.all(wrong)) assert.is(shorts(trace)[1], `done -1 errno ${E.EINVAL}`);
    const nested = await run(
      link,
      [],
      step('nop', []),
      step('repeat', [c(0), c(1), c(1)]),
      step('repeat', [c(0), c(2), c(1)]),
    );
    assert.equal(shorts(nested), ['done 0', 'done 1', `done -1 errno ${E.EINVAL}`]);
  });

  it('stops before its deadline', async ({ link }) => {
    const trace = await run(
      link,
      [],
      step('sleep', [c(10)]),
      step('repeat', [c(0), c(1), c(1_000_000)], { deadline: 400 }),
      step('nop', []),
    );
    const { ret, status, after, before } = trace.results[1]!;
    assert.is(status, 'done');
    assert.ok(ret > 0n && ret <= 40n, String(ret));
    assert.ok(after - before >= 320_000_000n);
    assert.is(trace.end.status, 'complete');
  });

  it('is about as fast as a loop in C', async ({ link }) => {
    const trace = await run(
      link,
      [text('/dev/null'), area(8)],
      step('open', [at(0), c(2), c(0)], keep(0)),
      step('ioctl', [slot(0), c(0xc0106400n), at(1)]),
      step('ioctl', [slot(0), c(0xc0106401n), at(1)]),
      step('repeat', [c(1), c(2), c(ROUNDS)], { deadline: 20_000 }),
    );
    const { ret, after, before } = trace.results[3]!;
    assert.is(ret, BigInt(ROUNDS));
    // Two system calls take well below 2 us on any machine; this only tells frames in each round from none.
    assert.ok(after - before < 1_000_000_000n, `${after - before} ns`);
  });

  it('gives deadlines by the clock', async ({ link }) => {
    const later = 5_000_000_000n;
    const trace = await run(
      link,
      [area(8, { align: 'start' })],
      step('clock', [], keep(0)),
      step('load', [at(0), c(8)], {
        patches: [{ buffer: 0, offset: 0, width: 8, value: slot(0, { add: later }) }],
      }),
    );
    const [clock, load] = trace.results;
    assert.ok(clock!.before <= clock!.ret && clock!.ret <= clock!.after);
    assert.is(load!.ret, clock!.ret + later);
  });

  it('runs long programs with large buffers', async ({ link }) => {
    const MIB = 1 << 20;
    const steps = Array.from({ length: 300 }, (_, index) =>
      step('store', [at(index % 16, index), c(1), c(index)]),
    );
    const trace = await run(
      link,
      Array.from({ length: 16 }, () => area(MIB)),
      ...steps,
    );
    assert.is(trace.end.status, 'complete');
    assert.equal(
      trace.results.map(({ hashes }) => hashes.map(({ buffer }) => buffer).join()),
      // Step 0 and step 256 store a zero.
      steps.map((_, index) => (index % 256 === 0 ? '' : String(index % 16))),
    );
  });
}
