/** Hello, refusals, deadlines, deaths, broken streams. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Message } from '../../../schemas/protocol/codec.ts';
import { crc32 } from '../../../schemas/protocol/crc32.ts';
import { exampleProgram } from '../../../schemas/protocol/examples.ts';
import {
  type Area,
  area,
  at,
  type Build,
  c,
  codec,
  keep,
  run,
  SIGSEGV,
  type Step,
  type Suite,
  shorts,
  slot,
  step,
  text,
} from './kit.ts';

export function survivalTests(it: Suite, { abi, path }: Build): void {
  it('says who it is', ({ link: { hello } }) => {
    assert.is(hello.abi, abi);
    assert.is(hello.release, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
    assert.is(hello.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    assert.is(hello.uid, process.geteuid!());
    assert.is(hello.taint, BigInt(readFileSync('/proc/sys/kernel/tainted', 'utf8').trim()));
  });

  it('cuts a program whose step does not end, and lives on', async ({ link, folder }) => {
    const path = join(folder, 'fifo');
    const trace = await run(
      link,
      [text(path)],
      step('mknod', [at(0), c(0o010600), c(0), c(0)]),
      step('open', [at(0), c(0), c(0)], { deadline: 60 }),
      step('nop', []),
    );
    assert.equal(shorts(trace), ['done 0', 'deadline -1 signal 9']);
    assert.is(trace.end.status, 'cut');
    assert.is(trace.end.stack, '');
    const { before, after } = trace.results[1]!;
    assert.ok(after - before >= 60_000_000n);
    assert.equal(shorts(await run(link, [], step('sleep', [c(1)]))), ['done 0']);
  });

  it('reports the death of a worker', async ({ link }) => {
    const trace = await run(
      link,
      [area(8)],
      step('munmap', [at(0, 8 - link.hello.pageSize), c(link.hello.pageSize)]),
      step('nop', [], { fills: [{ buffer: 0, offset: 0, bytes: new Uint8Array([1]) }] }),
      step('nop', []),
    );
    assert.equal(shorts(trace), ['done 0', `died -1 signal ${SIGSEGV}`]);
    assert.is(trace.end.status, 'cut');
  });

  it('refuses what makes no sense, and lives on', async ({ link }) => {
    const refusal = (buffers: Area[], ...steps: Step[]) =>
      run(link, buffers, ...steps).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
    assert.match(await refusal([], step('close', [slot(8)])), /a value names slot 8 of 8/);
    assert.match(await refusal([], step('close', [at(0)])), /a value names buffer 0 of 0/);
    assert.match(await refusal([], step('close', [])), /step 0 has 0 arguments; its op 2 has 1/);
    assert.match(await refusal([area(0)]), /buffer 0 has no bytes/);
    assert.match(await refusal([area(4, { data: new Uint8Array(5) })]), /more data than bytes/);
    const over = { fills: [{ buffer: 0, offset: 3, bytes: new Uint8Array(2) }] };
    assert.match(
      await refusal([area(4)], step('nop', [], over)),
      /bytes 3 to 5 are outside of buffer 0, which has 4/,
    );
    assert.match(await refusal([area(4, { access: 'hole' })], step('nop', [], over)), /which is a hole/);
    assert.match(await refusal([area(0x8000001)]), /134217728 are possible/);
    for (const deadline of [0, 0x80000000])
      assert.match(
        await refusal([], step('nop', [], { deadline })),
        new RegExp(`step 0 has deadline ${deadline}; 1 to 2147483647 milliseconds are possible`),
      );
    assert.equal(shorts(await run(link, [], step('nop', []))), ['done 0']);
  });

  it('works from a file to a file', async ({ folder }) => {
    const input = join(folder, 'program.bin');
    writeFileSync(input, codec.encode({ type: 'program', number: 5, program: exampleProgram }));
    const { status, stdout, stderr } = spawnSync(path, [input]);
    assert.is(status, 0, String(stderr));
    const reader = codec.reader('it');
    const messages: Message[] = [...reader.push(stdout)];
    reader.end();
    assert.equal(
      messages.filter(({ type }) => type !== 'log').map(({ type }) => type),
      ['hello', ...Array(4).fill('result'), 'end'],
    );
    const whole = spawnSync(path, [], { input: readFileSync(input) });
    assert.is(whole.status, 0);
    assert.is(whole.stdout.length > 200, true, 'a pipe that has ended is answered all the same');
  });

  it('answers frames that make no sense, and works on', () => {
    const frame = (type: number, payload: Uint8Array) => {
      const bytes = new Uint8Array(16 + payload.length);
      bytes.set(codec.encode({ type: 'bye' }));
      bytes.set(payload, 16);
      const view = new DataView(bytes.buffer);
      view.setUint16(6, type, true);
      view.setUint32(8, payload.length, true);
      view.setUint32(12, payload.length === 0 ? 0 : crc32(payload), true);
      return bytes;
    };
    const { status, stdout, stderr } = spawnSync(path, {
      input: Buffer.concat([
        frame(77, new Uint8Array(8)),
        codec.encode({ type: 'error', number: 0, text: 'of an executor' }),
        frame(7, new Uint8Array(1)),
        frame(2, new Uint8Array(39)),
        // 40 bytes are the counts, which name the program and a buffer that is not there.
        frame(
          2,
          Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? 9 : at === 8 ? 1 : 0)),
        ),
        codec.encode({ type: 'program', number: 10, program: { buffers: [], slots: 0, steps: [] } }),
        codec.encode({ type: 'bye' }),
        Buffer.from('nobody reads this'),
      ]),
    });
    assert.is(status, 0, String(stderr));
    const [, ...messages] = codec.reader('it').push(stdout);
    assert.equal(
      messages
        .filter(({ type }) => type !== 'log')
        .map(one => `${one.type} ${(one as { number: number }).number}`),
      [...Array(4).fill(`error ${0xffffffff}`), 'error 9', 'end 10'],
    );
  });

  it('refuses a broken stream with one sentence', () => {
    const frame = codec.encode({ type: 'program', number: 5, program: exampleProgram });
    const cases: [Uint8Array | string, RegExp][] = [
      ['hello there, executor\n', /what came is no frame/],
      [frame.subarray(0, 100), /the input ended within a frame/],
      [frame.map((byte, index) => (index === 60 ? byte ^ 1 : byte)), /wrong checksum/],
    ];
    for (const [input, sentence] of cases) {
      const { status, stderr, stdout } = spawnSync(path, [], { input });
      assert.is(status, 1);
      assert.match(stderr.toString(), sentence);
      const [, error] = codec.reader('it').push(stdout);
      assert.match(error?.type === 'error' ? error.text : '', sentence);
    }
    assert.is(spawnSync(path, ['--wrong']).status, 2);
    assert.is(spawnSync(path, ['/nowhere']).status, 2);
    assert.match(spawnSync(path, ['--help']).stdout.toString(), /Example:/);
  });

  it('ends with its reader and on SIGTERM, and puts the log settings back', async () => {
    const setting = '/proc/sys/kernel/printk_devkmsg';
    const before = readFileSync(setting, 'utf8');
    const steps = [step('nop', []), step('sleep', [c(600_000)], { deadline: 700_000 })];
    for (const how of ['reader', 'idle', 'SIGTERM'] as const) {
      const child = spawn(path, { stdio: ['pipe', 'pipe', 'ignore'] });
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.stdin.on('error', () => {});
      const program = { buffers: [], slots: 0, steps };
      if (how !== 'idle') child.stdin.write(codec.encode({ type: 'program', number: 0, program }));
      await new Promise<void>(resolve => {
        const reader = codec.reader('it');
        child.stdout.on('data', chunk => {
          for (const { type } of reader.push(chunk))
            if (type === (how === 'idle' ? 'hello' : 'result')) resolve();
        });
      });
      if (how === 'SIGTERM') child.kill('SIGTERM');
      else child.stdout.destroy();
      // Far less than the program would take, far more than an executor that notices.
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      assert.is(await ended, 0, how);
      clearTimeout(late);
    }
    // The executor of this suite is still there and has it on.
    assert.ok([before, 'on\n', 'ratelimit\n'].includes(readFileSync(setting, 'utf8')));
  });

  it('reports a worker that cannot be killed, with its kernel stack, and lives on', async ({ link }) => {
    // The only way to such a process without a broken driver: the first freezer holds even SIGKILL back.
    const group = '/sys/fs/cgroup/freezer/accel-uapi-test';
    if (link.hello.uid !== 0 || !existsSync('/sys/fs/cgroup/freezer/cgroup.procs')) return;
    mkdirSync(group, { recursive: true });
    try {
      const trace = await run(
        link,
        [text(`${group}/cgroup.procs`), text(`${group}/freezer.state`), text('0'), text('FROZEN')],
        step('open', [at(0), c(1), c(0)], keep(0)),
        step('open', [at(1), c(1), c(0)], keep(1)),
        step('write', [slot(0), at(2), c(1)]),
        step('write', [slot(1), at(3), c(6)], { deadline: 100 }),
        step('nop', []),
      );
      assert.equal(shorts(trace).slice(2), ['done 1', 'unkillable -1']);
      assert.is(trace.end.status, 'cut');
      assert.match(trace.end.stack, /refrigerator/);
      assert.equal(shorts(await run(link, [], step('nop', []))), ['done 0']);
    } finally {
      writeFileSync(`${group}/freezer.state`, 'THAWED');
      // The worker dies now, which empties the group.
      for (let turn = 0; turn < 100 && readFileSync(`${group}/cgroup.procs`, 'utf8') !== ''; turn++)
        await new Promise(resolve => setTimeout(resolve, 10));
      rmdirSync(group);
    }
  });
}
