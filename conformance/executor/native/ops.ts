/** What the ops return. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  area,
  at,
  type Build,
  c,
  changed,
  E,
  keep,
  run,
  type Suite,
  shorts,
  slot,
  step,
  text,
} from './kit.ts';

export function opsTests(it: Suite, { abi }: Build): void {
  it('opens, reads, closes', async ({ link }) => {
    const trace = await run(
      link,
      [text('/dev/zero'), area(4, { data: new Uint8Array([1, 2, 3, 4]) }), text('/nowhere')],
      step('open', [at(0), c(0), c(0)], keep(0)),
      step('read', [slot(0), at(1), c(2)]),
      step('dup', [slot(0)]),
      step('close', [slot(0)]),
      step('close', [slot(0)]),
      step('open', [at(2), c(0), c(0)]),
    );
    assert.equal(shorts(trace), [
      'done 3',
      'done 2',
      'done 4',
      'done 0',
      'done -1 errno 9',
      'done -1 errno 2',
    ]);
    assert.equal(changed(trace.results[1]!), ['1+0:0000']);
    assert.is(trace.end.status, 'complete');
    assert.is(trace.end.taint, link.hello.taint);
    for (const { before, after } of trace.results) assert.ok(before > 0n && after >= before);
  });

  it('gives every program fresh descriptors', async ({ link }) => {
    for (let turn = 0; turn < 3; turn++) {
      const trace = await run(link, [text('/dev/null')], step('open', [at(0), c(2), c(0)]));
      assert.equal(shorts(trace), ['done 3']);
    }
  });

  it('passes ioctl numbers and arguments as they are', async ({ link, folder }) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'twelve bytes');
    const FIONREAD = 0x541b;
    const trace = await run(
      link,
      [text('/dev/null'), text(file), area(4)],
      step('open', [at(0), c(2), c(0)], keep(0)),
      step('ioctl', [slot(0), c(0xc0106400n), at(2)]),
      step('open', [at(1), c(0), c(0)], keep(1)),
      step('ioctl', [slot(1), c(FIONREAD), at(2)]),
      step('ioctl', [slot(1), c(FIONREAD), at(2, 1)]),
      step('ioctl', [slot(1), c(FIONREAD), c(0)]),
      step('ioctl', [c(0xffffffffn), c(FIONREAD), at(2)]),
    );
    assert.equal(shorts(trace).slice(1), [
      `done -1 errno ${E.ENOTTY}`,
      'done 4',
      'done 0',
      `done -1 errno ${E.EFAULT}`,
      `done -1 errno ${E.EFAULT}`,
      `done -1 errno ${E.EBADF}`,
    ]);
    assert.equal(changed(trace.results[3]!), ['2+0:0c']);
  });

  it('makes, lists, reads, examines and removes files', async ({ link, folder }) => {
    writeFileSync(join(folder, 'b'), 'content');
    const names = readdirText(folder);
    const trace = await run(
      link,
      [
        text(folder),
        text(join(folder, 'b')),
        text(join(folder, 'node')),
        area(200),
        text('/proc/self/cwd'),
        text('/dev/null'),
        area(7),
      ],
      step('listdir', [at(0), at(3), c(200)]),
      step('listdir', [at(0), at(3), c(3)]),
      step('listdir', [at(0), c(8), c(200)]),
      step('readfile', [at(1), at(6), c(100)]),
      step('readfile', [at(0), at(6), c(7)]),
      step('mknod', [at(2), c(0o010644), c(0), c(0)]),
      step('stat', [at(2), at(3)]),
      step('unlink', [at(2)]),
      step('stat', [at(2), at(3)]),
      step('readlink', [at(4), at(3), c(200)]),
      step('stat', [at(5), at(3)]),
      step('stat', [at(5), c(0)]),
    );
    assert.equal(shorts(trace), [
      `done ${names.length}`,
      `done -1 errno ${E.ERANGE}`,
      `done -1 errno ${E.EFAULT}`,
      'done 7',
      'done -1 errno 21',
      'done 0',
      'done 0',
      'done 0',
      `done -1 errno ${E.ENOENT}`,
      'done 1',
      'done 0',
      `done -1 errno ${E.EFAULT}`,
    ]);
    const content = new Uint8Array(200);
    const after = (count: number) => {
      for (const { diffs } of trace.results.slice(0, count))
        for (const diff of diffs) if (diff.buffer === 3) content.set(diff.bytes, diff.offset);
      return new DataView(content.buffer);
    };
    assert.is(Buffer.from(after(1).buffer, 0, names.length).toString(), names);
    assert.is(after(7).getUint32(0, true), 0o010644, 'the umask is 0');
    const status = after(12);
    assert.equal([status.getUint32(16, true), status.getUint32(20, true)], [1, 3], 'numbers of /dev/null');
    assert.is(status.getBigUint64(32, true), BigInt(statSync('/dev/null').ino));
  });

  it('seeks beyond 4 GiB, polls and controls descriptors', async ({ link, folder }) => {
    writeFileSync(join(folder, 'c'), 'x');
    const trace = await run(
      link,
      [text(join(folder, 'c'))],
      step('open', [at(0), c(abi === 'i386' ? 0o100000 : 0), c(0)], keep(0)),
      step('lseek', [slot(0), c(0x123456789an), c(0)]),
      step('lseek', [slot(0), c(-1), c(0)]),
      step('poll', [slot(0), c(1), c(1000)]),
      step('poll', [c(99), c(1), c(1000)]),
      step('fcntl', [slot(0), c(1), c(0)]),
      step('fcntl', [slot(0), c(0x7777), c(0)]),
    );
    assert.equal(shorts(trace).slice(1), [
      `done ${0x123456789a}`,
      `done -1 errno ${E.EINVAL}`,
      'done 1',
      'done 32',
      'done 0',
      `done -1 errno ${E.EINVAL}`,
    ]);
  });

  it('counts who else holds a device', async ({ link }) => {
    const count = async () => {
      const own = [step('open', [at(0), c(2), c(0)]), step('holders', [c(1), c(7)])];
      return (await run(link, [text('/dev/full')], ...own)).results[1]!.ret;
    };
    const before = await count();
    const fd = openSync('/dev/full', 'r+');
    const during = await count();
    closeSync(fd);
    assert.is(during, before + 1n, 'this process, but not the executor');
    assert.is(await count(), before);
  });

  it('runs programs that were sent without waiting in their order', async ({ link }) => {
    const traces = await Promise.all(
      [1, 2, 3].map(n => run(link, [area(1)], step('store', [at(0), c(1), c(n)]))),
    );
    assert.equal(
      traces.map(trace => changed(trace.results[0]!)),
      [['0+0:01'], ['0+0:02'], ['0+0:03']],
    );
  });

  it('gives the lines of the kernel to the step that caused them', async ({ link }) => {
    const usable = spawnSync('sh', ['-c', ': < /dev/kmsg && : >> /dev/kmsg']).status === 0;
    assert.is(link.hello.log, usable);
    if (!usable || link.hello.uid !== 0) return;
    const trace = await run(
      link,
      [text('/proc/sys/vm/drop_caches'), text('1')],
      step('open', [at(0), c(1), c(0)], keep(0)),
      step('write', [slot(0), at(1), c(1)]),
      step('close', [slot(0)]),
    );
    const lines = trace.log.filter(record => record.text.includes('drop_caches: 1'));
    assert.equal(
      lines.map(record => record.step),
      [1],
    );
    assert.equal(
      trace.log.filter(record => record.text.includes('accel-uapi')),
      [],
      'no marks',
    );
  });

  it('gives a line of the kernel between two programs to no step of the second', async ({ link }) => {
    if (!link.hello.log || link.hello.uid !== 0) return;
    const speak = (number: string) =>
      run(
        link,
        [text('/proc/sys/vm/drop_caches'), text(number)],
        step('open', [at(0), c(1), c(0)], keep(0)),
        step('write', [slot(0), at(1), c(1)]),
      );
    await speak('1');
    spawnSync('sh', ['-c', 'echo 2 >/proc/sys/vm/drop_caches']);
    const { log } = await speak('3');
    assert.equal(
      log.flatMap(({ step, text }) => {
        const number = /drop_caches: (\d)/.exec(text)?.[1];
        return number === undefined ? [] : [`${number} in ${step}`];
      }),
      ['2 in -1', '3 in 1'],
    );
  });
}

function readdirText(folder: string): string {
  const { stdout } = spawnSync('sh', ['-c', `ls -A "${folder}" | LC_ALL=C sort | tr '\\n' '\\0'`]);
  return stdout.toString();
}
