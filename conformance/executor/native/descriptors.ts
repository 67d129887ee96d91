/** Reading, writing and polling descriptors that are no files, and files in one step. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { area, at, c, changed, E, keep, run, type Suite, shorts, slot, step, text } from './kit.ts';

const [POLLIN, POLLOUT, POLLERR, POLLHUP] = [1, 4, 8, 16];
/** EFD_SEMAPHORE and EFD_NONBLOCK (include/uapi/linux/eventfd.h). */
const [SEMAPHORE, NONBLOCK] = [1, 0x800];
const counter = (value: number) => area(8, { data: new Uint8Array([value]), align: 'start' });

export function descriptorTests(it: Suite): void {
  it('counts, reads and polls with an eventfd', async ({ link }) => {
    const trace = await run(
      link,
      [counter(5), counter(0)],
      step('eventfd', [c(2), c(NONBLOCK)], keep(0)),
      step('poll', [slot(0), c(POLLIN | POLLOUT), c(0)]),
      step('write', [slot(0), at(0), c(8)]),
      step('read', [slot(0), at(1), c(8)]),
      step('read', [slot(0), at(1), c(8)]),
      step('poll', [slot(0), c(POLLIN), c(10)]),
      step('read', [slot(0), at(1), c(7)]),
      step('eventfd', [c(2), c(SEMAPHORE)], keep(1)),
      step('read', [slot(1), at(1), c(8)]),
      step('eventfd', [c(0), c(0x4000_0000)]),
      step('close', [slot(0)]),
    );
    assert.equal(shorts(trace), [
      'done 3',
      `done ${POLLIN | POLLOUT}`,
      'done 8',
      'done 8',
      `done -1 errno ${E.EAGAIN}`,
      'done 0',
      `done -1 errno ${E.EINVAL}`,
      'done 4',
      'done 8',
      `done -1 errno ${E.EINVAL}`,
      'done 0',
    ]);
    assert.equal(changed(trace.results[3]!), ['1+0:07'], 'what was written is added');
    assert.equal(changed(trace.results[8]!), ['1+0:01'], 'a semaphore gives one');
    const { before, after } = trace.results[5]!;
    assert.ok(after - before >= 10_000_000n, 'poll waits');
  });

  it('polls files, devices and pipes', async ({ link, folder }) => {
    const file = join(folder, 'plain');
    writeFileSync(file, 'x');
    const trace = await run(
      link,
      [text(file), text('/dev/null'), text(join(folder, 'pipe'))],
      step('open', [at(0), c(0), c(0)], keep(0)),
      step('poll', [slot(0), c(POLLIN | POLLOUT), c(0)]),
      step('open', [at(1), c(2), c(0)], keep(0)),
      step('poll', [slot(0), c(POLLIN | POLLOUT), c(0)]),
      step('mknod', [at(2), c(0o010600), c(0), c(0)]),
      step('open', [at(2), c(NONBLOCK), c(0)], keep(0)),
      step('poll', [slot(0), c(POLLIN | POLLOUT), c(0)]),
      step('open', [at(2), c(1), c(0)], keep(1)),
      step('close', [slot(0)]),
      step('poll', [slot(1), c(0), c(0)]),
      step('close', [slot(1)]),
    );
    const results = shorts(trace);
    assert.is(results[1], `done ${POLLIN | POLLOUT}`);
    assert.is(results[3], `done ${POLLIN | POLLOUT}`);
    assert.is(results[6], 'done 0');
    assert.ok([`done ${POLLERR}`, `done ${POLLERR | POLLHUP}`].includes(results[9]!), results[9]);
  });

  it('writes files in one step', async ({ link, folder }) => {
    const file = join(folder, 'written');
    writeFileSync(file, 'before');
    const trace = await run(
      link,
      [text(file), text('AFT'), text(join(folder, 'none')), text(folder), text('/dev/full')],
      step('writefile', [at(0), at(1), c(3)]),
      step('writefile', [at(0), c(8), c(3)]),
      step('writefile', [at(2), at(1), c(3)]),
      step('writefile', [at(3), at(1), c(3)]),
      step('writefile', [at(4), at(1), c(3)]),
      step('open', [at(0), c(0), c(0)]),
    );
    assert.equal(shorts(trace), [
      'done 3',
      `done -1 errno ${E.EFAULT}`,
      `done -1 errno ${E.ENOENT}`,
      `done -1 errno ${E.EISDIR}`,
      `done -1 errno ${E.ENOSPC}`,
      'done 3',
    ]);
    assert.is(readFileSync(file, 'utf8'), 'AFTore', 'nothing is cut');
  });
}
