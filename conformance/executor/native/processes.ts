/** Another identity, and processes that hold what the worker has. */
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { area, at, c, E, keep, run, type Suite, shorts, slot, step, text } from './kit.ts';

const [SIGKILL, SIGTERM, SIGSEGV, SIGPIPE] = [9, 15, 11, 13];
const NOBODY = 65534;
const CAP_DAC_OVERRIDE = 1n << 1n;
const CAP_SYS_ADMIN = 1n << 21n;
const POLLERR = 8;

/** Whether a process is there, be it as a zombie. */
const exists = (pid: bigint) => readdirSync('/proc').includes(String(pid));

export function processTests(it: Suite): void {
  it('becomes another user for the rest of the program only', async ({ link, folder }) => {
    if (link.hello.uid !== 0) return;
    const file = join(folder, 'private');
    writeFileSync(file, 'secret');
    chmodSync(file, 0o600);
    chmodSync(folder, 0o755);
    const read = () => step('readfile', [at(0), at(1), c(6)]);
    const trace = await run(
      link,
      [text(file), area(6), text('/proc/self/status'), area(4000)],
      read(),
      step('identity', [c(NOBODY), c(CAP_DAC_OVERRIDE | CAP_SYS_ADMIN)]),
      read(),
      step('readfile', [at(2), at(3), c(4000)]),
      step('identity', [c(NOBODY), c(CAP_SYS_ADMIN)]),
      read(),
      step('identity', [c(NOBODY), c(CAP_DAC_OVERRIDE)]),
      step('identity', [c(0), c(0)]),
      step('identity', [c(0xffffffff), c(0)]),
    );
    assert.equal(shorts(trace), [
      'done 6',
      'done 0',
      'done 6',
      shorts(trace)[3],
      'done 0',
      `done -1 errno ${E.EACCES}`,
      `done -1 errno ${E.EPERM}`,
      `done -1 errno ${E.EPERM}`,
      `done -1 errno ${E.EINVAL}`,
    ]);
    const status = Buffer.from(trace.results[3]!.diffs[0]!.bytes).toString();
    const line = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(status)?.[1];
    const id = Array(4).fill(NOBODY).join('\t');
    assert.equal(['Uid', 'Gid', 'Groups'].map(line), [id, id, '']);
    const set = (CAP_DAC_OVERRIDE | CAP_SYS_ADMIN).toString(16).padStart(16, '0');
    assert.equal(['CapInh', 'CapPrm', 'CapEff'].map(line), ['0'.repeat(16), set, set]);
    assert.equal(
      shorts(await run(link, [text(file), area(6)], read())),
      ['done 6'],
      'the next one is root again',
    );
  });

  it('keeps user 0 without its capabilities', async ({ link, folder }) => {
    if (link.hello.uid !== 0) return;
    const trace = await run(
      link,
      [text(join(folder, 'node'))],
      step('mknod', [at(0), c(0o020600), c(1), c(3)]),
      step('unlink', [at(0)]),
      step('identity', [c(0), c(0)]),
      step('mknod', [at(0), c(0o020600), c(1), c(3)]),
    );
    assert.equal(shorts(trace), ['done 0', 'done 0', 'done 0', `done -1 errno ${E.EPERM}`]);
  });

  it('forks a process that keeps descriptors open until it is killed', async ({ link, folder }) => {
    const trace = await run(
      link,
      [text(join(folder, 'lane'))],
      step('mknod', [at(0), c(0o010600), c(0), c(0)]),
      step('open', [at(0), c(0x800), c(0)], keep(0)),
      step('open', [at(0), c(1), c(0)], keep(1)),
      step('fork', [], keep(2)),
      step('close', [slot(0)]),
      step('poll', [slot(1), c(0), c(0)]),
      step('kill', [slot(2), c(SIGTERM)]),
      step('poll', [slot(1), c(0), c(0)]),
      step('kill', [slot(2), c(SIGTERM)]),
      step('kill', [c(1), c(SIGKILL)]),
      step('kill', [c(-1), c(SIGKILL)]),
      ...[SIGSEGV, SIGPIPE, SIGKILL].flatMap(signal => [
        step('fork', [], keep(2)),
        step('kill', [slot(2), c(signal)]),
      ]),
      step('fork', [], keep(2)),
      step('kill', [slot(2), c(65)]),
    );
    const results = shorts(trace);
    assert.equal(results.slice(4, 11), [
      'done 0',
      'done 0',
      'done 0',
      `done ${POLLERR}`,
      ...Array(3).fill(`done -1 errno ${E.ESRCH}`),
    ]);
    assert.equal(
      [12, 14, 16].map(index => results[index]),
      Array(3).fill('done 0'),
    );
    assert.is(results[18], `done -1 errno ${E.EINVAL}`);
    assert.is(trace.end.status, 'complete');
    assert.not.ok(exists(trace.results[17]!.ret), 'the last one is gone with the program');
  });

  it('leaves no process behind, however a program ends', async ({ link }) => {
    const forks = [step('fork', []), step('fork', [])];
    const whole = await run(link, [], ...forks);
    const late = await run(link, [], ...forks, step('sleep', [c(60_000)], { deadline: 50 }));
    const page = link.hello.pageSize;
    const dead = await run(
      link,
      [area(page)],
      ...forks,
      step('munmap', [at(0), c(page)]),
      step('nop', [], { fills: [{ buffer: 0, offset: 0, bytes: new Uint8Array(1) }] }),
    );
    assert.equal(
      [whole, late, dead].map(({ end }) => end.status),
      ['complete', 'cut', 'cut'],
    );
    for (const { results } of [whole, late, dead])
      for (const { ret } of results.slice(0, 2)) assert.not.ok(exists(ret));
    if (link.hello.uid !== 0) return;
    // The worker may no longer end what it forked as root; the supervisor does.
    const less = await run(
      link,
      [],
      step('fork', [], keep(0)),
      step('identity', [c(NOBODY), c(0)]),
      step('kill', [slot(0), c(SIGKILL)]),
      step('fork', []),
    );
    assert.is(shorts(less)[2], `done -1 errno ${E.EPERM}`);
    assert.is(less.end.status, 'complete');
    for (const index of [0, 3]) assert.not.ok(exists(less.results[index]!.ret));
  });

  it('limits what a program forks', async ({ link }) => {
    const count = 256;
    const trace = await run(
      link,
      [],
      step('fork', []),
      step('repeat', [c(0), c(1), c(count)]),
      step('fork', []),
    );
    assert.equal(shorts(trace).slice(1), [`done ${count - 1}`, `done -1 errno ${E.EAGAIN}`]);
    assert.is(trace.end.status, 'complete');
  });

  it('does not count its own processes as others that hold a device', async ({ link }) => {
    const holders = step('holders', [c(1), c(7)]);
    const trace = await run(
      link,
      [text('/dev/full')],
      holders,
      step('open', [at(0), c(2), c(0)]),
      step('fork', []),
      holders,
    );
    assert.is(trace.results[3]!.ret, trace.results[0]!.ret);
  });
}
