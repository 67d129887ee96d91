/**
 * The C executor end to end, on what every Linux machine has. Needs a C compiler (and, for the 32-bit build and
 * the builds that are only compiled, cross compilers), so it is not part of `npm test`:
 * `npx tsx conformance/executor/executor.test-native.ts`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'uvu';
import * as assert from 'uvu/assert';
import { protocol } from '../../schemas/generated/protocol.ts';
import type {
  AbiName,
  Buffer as Area,
  Link,
  Step,
  StepResult,
  Trace,
  Value,
} from '../../schemas/program/program.ts';
import { type Message, protocolCodec } from '../../schemas/protocol/codec.ts';
import { crc32 } from '../../schemas/protocol/crc32.ts';
import { exampleProgram } from '../../schemas/protocol/examples.ts';
import { buildExecutor, executorSources, spawnExecutor } from '../link/index.ts';

const E = { EBADF: 9, EFAULT: 14, EINVAL: 22, ENOENT: 2, ENOTTY: 25, ERANGE: 34 } as const;
const SIGSEGV = 11;
const codec = protocolCodec(protocol);

const c = (value: number | bigint): Value => ({ kind: 'const', value: BigInt(value) });
const at = (buffer: number, offset = 0): Value => ({ kind: 'address', buffer, offset: BigInt(offset) });
const slot = (number: number, more: { shift?: number; mask?: bigint; add?: bigint } = {}): Value => ({
  kind: 'slot',
  slot: number,
  ...more,
});
const text = (words: string): Area => ({
  size: words.length + 1,
  data: new TextEncoder().encode(words),
  access: 'read',
  align: 'end',
});
const area = (size: number, more: Partial<Area> = {}): Area => ({
  size,
  data: new Uint8Array(),
  access: 'readwrite',
  align: 'end',
  ...more,
});
const step = (op: Step['op'], args: readonly Value[], more: Partial<Step> = {}): Step => ({
  op,
  args,
  deadline: 5000,
  ...more,
});
const keep = (number: number): Partial<Step> => ({ captures: [{ slot: number, from: 'return' }] });
/** What a test mostly asks of a result. */
const short = ({ status, ret, errno, signal }: StepResult) =>
  `${status} ${ret}${errno ? ` errno ${errno}` : ''}${signal ? ` signal ${signal}` : ''}`;
const shorts = (trace: Trace) => trace.results.map(short);
const changed = (result: StepResult) =>
  result.diffs.map(diff => `${diff.buffer}+${diff.offset}:${Buffer.from(diff.bytes).toString('hex')}`);

function have(compiler: string): boolean {
  return spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0;
}

function tests(abi: AbiName, path: () => string): void {
  const it = suite<{ link: Link; folder: string }>(abi);
  const run = (link: Link, buffers: Area[], ...steps: Step[]) => link.run({ buffers, slots: 8, steps });

  it.before(async context => {
    context.link = await spawnExecutor([path()]);
    context.folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
  });
  it.after(async ({ link, folder }) => {
    await link.close();
    rmSync(folder, { recursive: true });
  });

  it('says who it is', ({ link: { hello } }) => {
    assert.is(hello.abi, abi);
    assert.is(hello.release, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
    assert.is(hello.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    assert.is(hello.uid, process.geteuid!());
    assert.is(hello.taint, BigInt(readFileSync('/proc/sys/kernel/tainted', 'utf8').trim()));
  });

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

  it('faults exactly at the edge of a buffer', async ({ link }) => {
    const trace = await run(
      link,
      [area(6), area(6, { align: 'start' }), area(4096, { align: 'start' })],
      step('load', [at(0, 5), c(1)]),
      step('load', [at(0, 6), c(1)]),
      step('store', [at(0, 3), c(4), c(-1)]),
      step('load', [at(1), c(1)]),
      step('load', [at(1, -1), c(1)]),
      step('load', [at(2, link.hello.pageSize), c(1)]),
      step('nop', []),
    );
    const fault = `fault -1 signal ${SIGSEGV}`;
    assert.equal(
      shorts(trace).filter((_, index) => index !== 2),
      ['done 0', fault, 'done 0', fault, fault, 'done 0'],
    );
    assert.is(trace.results[2]!.status, 'fault');
    assert.is(trace.end.status, 'complete');
  });

  it('keeps the access of buffers, also against the kernel, and fills them whatever it is', async ({
    link,
  }) => {
    const buffers = [
      text('/dev/zero'),
      area(8, { access: 'read', data: new Uint8Array([7]) }),
      area(8, { access: 'none' }),
      area(8, { access: 'hole' }),
    ];
    const fills = [1, 2].map(buffer => ({ buffer, offset: 0, bytes: new Uint8Array([9, 9]) }));
    const trace = await run(
      link,
      buffers,
      step('open', [at(0), c(0), c(0)], keep(0)),
      step('load', [at(1), c(1)]),
      step('nop', [], { fills, captures: [{ slot: 1, from: 'buffer', buffer: 2, offset: 1, width: 1 }] }),
      step('load', [at(1, 1), c(1)]),
      ...[1, 2, 3].map(buffer => step('read', [slot(0), at(buffer), c(8)])),
      ...[1, 2, 3].map(buffer => step('store', [at(buffer), c(1), c(1)])),
      ...[2, 3].map(buffer => step('load', [at(buffer), c(1)])),
      step('close', [slot(1, { add: 1000n })]),
    );
    const fault = `fault -1 signal ${SIGSEGV}`;
    const bad = `done -1 errno ${E.EFAULT}`;
    assert.equal(shorts(trace).slice(1), [
      'done 7',
      'done 0',
      'done 9',
      ...[bad, bad, bad],
      ...[fault, fault, fault, fault, fault],
      `done -1 errno ${E.EBADF}`,
    ]);
    assert.equal(trace.results.flatMap(changed), []);
  });

  it('patches pointers of 4 and 8 bytes, and computes with slots', async ({ link }) => {
    const wide = abi === 'i386' || abi === 'armhf' ? 4 : 8;
    const trace = await run(
      link,
      [area(16, { align: 'start' }), area(8, { data: new Uint8Array([0x11, 0x22, 0x33, 0x44]) })],
      step('nop', [], {
        patches: [{ buffer: 0, offset: 0, width: wide, value: at(1) }],
        captures: [{ slot: 0, from: 'buffer', buffer: 0, offset: 0, width: wide }],
      }),
      step('load', [slot(0), c(4)], keep(1)),
      step('nop', [], {
        patches: [
          { buffer: 0, offset: 8, width: 4, value: slot(0) },
          { buffer: 0, offset: 12, width: 4, value: slot(0, { shift: 32, mask: 0xffffffffn }) },
        ],
        captures: [{ slot: 2, from: 'buffer', buffer: 0, offset: 8, width: 8 }],
      }),
      step('load', [slot(2, { add: 1n }), c(2)]),
      step('store', [at(0), c(1), slot(1, { shift: 8, mask: 0xf0n, add: 0x105n })]),
      step('store', [at(0, 2), c(8), c(-2)]),
      step('load', [at(0, 2), c(8)]),
      step('load', [at(0), c(3)]),
    );
    assert.equal(shorts(trace), [
      'done 0',
      `done ${0x44332211}`,
      'done 0',
      `done ${0x3322}`,
      'done 0',
      'done 0',
      'done -2',
      `done -1 errno ${E.EINVAL}`,
    ]);
    // 0x332211 >> 8 & 0xf0 is 0x20 (0x3322 & 0xf0), and 0x105 more is 0x125, of which one byte is stored.
    assert.ok(changed(trace.results[4]!).join() === '0+0:25' || trace.results[4]!.diffs.length === 0);
    assert.equal(trace.results[0]!.diffs, [], 'a patch is no change');
  });

  it('merges changes that are closer than the gap', async ({ link }) => {
    const one = (offset: number) => step('store', [at(0, offset), c(1), c(1)]);
    const source = area(40, { data: new Uint8Array(40) });
    source.data.set([1], 0);
    source.data.set([1], 8);
    source.data.set([1], 17);
    const trace = await run(
      link,
      [area(40), text('/proc/self/mem'), source],
      one(3),
      one(3),
      step('open', [at(1), c(0), c(0)], keep(0)),
      // Reading our own memory is one call that changes several places at once.
      step('lseek', [slot(0), at(2), c(0)]),
      step('read', [slot(0), at(0), c(40)]),
    );
    assert.equal(changed(trace.results[0]!), ['0+3:01']);
    assert.equal(changed(trace.results[1]!), [], 'the same byte again is no change');
    // Byte 3 becomes 0 again; 0, 3 and 8 are closer than 8 unchanged bytes, 8 and 17 have just 8 between them.
    assert.equal(changed(trace.results[4]!), [`0+0:010000000000000001`, '0+17:01']);
  });

  it('reports a large buffer by its checksum', async ({ link }) => {
    const trace = await run(
      link,
      [area(10000), area(4096), area(4097)],
      step('store', [at(0, 9999), c(1), c(5)]),
      step('store', [at(1), c(1), c(5)]),
      step('store', [at(2), c(1), c(5)]),
      step('nop', []),
    );
    const content = new Uint8Array(10000);
    content[9999] = 5;
    assert.equal(trace.results[0]!.hashes, [{ buffer: 0, crc32: crc32(content) }]);
    assert.equal(changed(trace.results[1]!), ['1+0:05']);
    assert.is(trace.results[2]!.hashes.length, 1);
    assert.equal(trace.results[3]!.hashes, []);
  });

  it('maps, unmaps, and reads the mapping', async ({ link }) => {
    const trace = await run(
      link,
      [text('/dev/zero')],
      step('open', [at(0), c(2), c(0)], keep(0)),
      step('mmap', [c(0), c(8192), c(3), c(2), slot(0), c(0)], keep(1)),
      step('store', [slot(1), c(8), c(77)]),
      step('load', [slot(1), c(8)]),
      step('mmap', [c(0), c(4096), c(3), c(2), slot(0), c(0x123)]),
      step('mmap', [c(0), c(4096), c(3), c(2), c(-1), c(0)]),
      step('munmap', [slot(1), c(8192)]),
      step('load', [slot(1), c(8)]),
    );
    assert.ok(trace.results[1]!.ret > 0n);
    assert.equal(shorts(trace).slice(2), [
      'done 0',
      'done 77',
      `done -1 errno ${E.EINVAL}`,
      `done -1 errno ${E.EBADF}`,
      'done 0',
      `fault -1 signal ${SIGSEGV}`,
    ]);
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
    assert.equal(shorts(await run(link, [], step('nop', []))), ['done 0']);
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
    if (!link.hello.log || link.hello.uid !== 0) return;
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

  it('works from a file to a file', async ({ folder }) => {
    const input = join(folder, 'program.bin');
    writeFileSync(input, codec.encode({ type: 'program', number: 5, program: exampleProgram }));
    const { status, stdout, stderr } = spawnSync(path(), [input]);
    assert.is(status, 0, String(stderr));
    const reader = codec.reader('it');
    const messages: Message[] = [...reader.push(stdout)];
    reader.end();
    assert.equal(
      messages.filter(({ type }) => type !== 'log').map(({ type }) => type),
      ['hello', ...Array(4).fill('result'), 'end'],
    );
    const whole = spawnSync(path(), [], { input: readFileSync(input) });
    assert.is(whole.status, 0);
    assert.is(whole.stdout.length > 200, true, 'a pipe that has ended is answered all the same');
  });

  it('refuses a broken stream with one sentence', () => {
    const frame = codec.encode({ type: 'program', number: 5, program: exampleProgram });
    const cases: [Uint8Array | string, RegExp][] = [
      ['hello there, executor\n', /what came is no frame/],
      [frame.subarray(0, 100), /the input ended within a frame/],
      [frame.map((byte, index) => (index === 60 ? byte ^ 1 : byte)), /wrong checksum/],
    ];
    for (const [input, sentence] of cases) {
      const { status, stderr, stdout } = spawnSync(path(), [], { input });
      assert.is(status, 1);
      assert.match(stderr.toString(), sentence);
      const [, error] = codec.reader('it').push(stdout);
      assert.match(error?.type === 'error' ? error.text : '', sentence);
    }
    assert.is(spawnSync(path(), ['--wrong']).status, 2);
    assert.is(spawnSync(path(), ['/nowhere']).status, 2);
    assert.match(spawnSync(path(), ['--help']).stdout.toString(), /Example:/);
  });

  it('ends with its reader and on SIGTERM, and puts the log settings back', async () => {
    const setting = '/proc/sys/kernel/printk_devkmsg';
    const before = readFileSync(setting, 'utf8');
    const program = { buffers: [], slots: 0, steps: [step('sleep', [c(60_000)], { deadline: 70_000 })] };
    for (const how of ['reader', 'SIGTERM'] as const) {
      const child = spawn(path(), { stdio: ['pipe', 'pipe', 'ignore'] });
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.stdin.on('error', () => {});
      child.stdin.write(codec.encode({ type: 'program', number: 0, program }));
      await new Promise(resolve => child.stdout.once('data', resolve));
      if (how === 'reader') child.stdout.destroy();
      else child.kill('SIGTERM');
      assert.is(await ended, 0);
    }
    // The executor of this suite is still there and has it on.
    assert.ok([before, 'on\n', 'ratelimit\n'].includes(readFileSync(setting, 'utf8')));
  });

  it.run();
}

function readdirText(folder: string): string {
  const { stdout } = spawnSync('sh', ['-c', `ls -A "${folder}" | LC_ALL=C sort | tr '\\n' '\\0'`]);
  return stdout.toString();
}

const native = await buildExecutor();
const nativeAbi = (
  { x64: 'x86_64', arm64: 'aarch64', ia32: 'i386', arm: 'armhf', riscv64: 'riscv64' } as const
)[process.arch as 'x64'];
tests(nativeAbi, () => native);
if (nativeAbi === 'x86_64' && have('i686-linux-gnu-gcc')) {
  const small = await buildExecutor('i686-linux-gnu-gcc');
  tests('i386', () => small);
}

const CROSS = [
  'gcc',
  'i686-linux-gnu-gcc',
  'aarch64-linux-gnu-gcc',
  'arm-linux-gnueabihf-gcc',
  'riscv64-linux-gnu-gcc',
];
for (const compiler of CROSS.filter(have)) {
  test(`${compiler} has nothing to warn of`, async () => {
    const folder = await executorSources();
    const flags = '-O2 -static -Wall -Wextra -Werror -std=gnu11 -o /dev/null';
    const { status, stderr } = spawnSync('sh', ['-c', `${compiler} ${flags} "${folder}"/*.c`]);
    assert.is(status, 0, String(stderr));
  });
}
test.run();
