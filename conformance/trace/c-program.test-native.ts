/** Programs that `replay --c` prints, compiled without a warning, and run beside the executor. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Capture,
  catalogue,
  type Op,
  type Program,
  type Step,
  type StepResult,
  type Value,
} from '../../schemas/index.ts';
import { buildExecutor, spawnExecutor } from '../link/index.ts';
import { cProgram } from './c-program.ts';
import { keptTraces } from './mutant-traces.test.helper.ts';
import { readProgram, type TraceFile, writeProgram } from './trace-file.ts';

const it = suite('c-program');

const STRICT = ['-Wall', '-Wextra', '-Werror'];
/** A node that no machine has. */
const NOWHERE = '/dev/accel/accel4095';
const LIMIT_MS = 20_000;

let folder = '';
let count = 0;
it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-c-'));
});
it.after(() => rmSync(folder, { recursive: true }));

function compile(text: string, compiler = 'gcc', flags: readonly string[] = []): string {
  count += 1;
  const [source, program] = [join(folder, `${count}.c`), join(folder, `${count}`)];
  writeFileSync(source, text);
  const { status, stderr } = spawnSync(compiler, [...STRICT, ...flags, '-o', program, source], {
    encoding: 'utf8',
  });
  assert.is(status, 0, `${compiler} ${flags.join(' ')}: ${stderr}\n${text}`);
  return program;
}

const run = (program: string) => spawnSync(program, [], { encoding: 'utf8', timeout: LIMIT_MS });

function text(file: TraceFile): string {
  const { program, labels } = readProgram(file, 'test');
  return cProgram(file, program, labels, catalogue().drivers.get(file.target.driver)!);
}

const number = (value: number | bigint): Value => ({ kind: 'const', value: BigInt(value) });
const at = (buffer: number, offset = 0): Value => ({ kind: 'address', buffer, offset: BigInt(offset) });
const slot = (index: number): Value => ({ kind: 'slot', slot: index });
const keep = (index: number): Capture[] => [{ slot: index, from: 'return' }];

function step(op: Op, args: readonly Value[], more: Partial<Step> = {}): Step {
  return { op, args, deadline: 5000, ...more };
}

const path = (name: string): Program['buffers'][number] => {
  const data = new TextEncoder().encode(`${name}\0`);
  return { size: data.length, data, access: 'readwrite', align: 'end' };
};

const area = (size: number, access: 'readwrite' | 'read' | 'none' | 'hole' = 'readwrite') => ({
  size,
  data: access === 'hole' ? new Uint8Array(0) : Uint8Array.of(7, 9).subarray(0, size),
  access,
  align: 'start' as const,
});

/** Every op with a form in C, with good and bad arguments. */
function everything(): Program {
  const plain = join(folder, 'plain');
  writeFileSync(plain, 'hello');
  return {
    buffers: [
      path('/dev/null'),
      path(plain),
      path(join(folder, 'made')),
      path('/proc/self/exe'),
      area(64),
      area(16, 'read'),
      area(16, 'none'),
      area(16, 'hole'),
      path('/nowhere'),
    ],
    slots: 9,
    steps: [
      step('nop', [], { fills: [{ buffer: 4, offset: 60, bytes: Uint8Array.of(1, 2) }] }),
      step('open', [at(0), number(2), number(0)], { captures: keep(0) }),
      step('open', [at(8), number(2), number(0)]),
      step('dup', [slot(0)], { captures: keep(1) }),
      step('ioctl', [slot(1), number(0x80000000), at(4)]),
      step('close', [slot(1)]),
      step('close', [slot(1)]),
      step('mmap', [number(0), number(8192), number(3), number(0x22), number(-1), number(0)], {
        captures: keep(2),
      }),
      step('mmap', [number(0), number(8192), number(3), number(0x22), number(-1), number(5)]),
      step('store', [slot(2), number(4), number(0x1234_5678)]),
      step('load', [slot(2), number(4)]),
      step('load', [slot(2), number(3)]),
      step('fill', [slot(2), number(9), number(0x1ff)]),
      step('checksum', [slot(2), number(16)]),
      step('copy', [{ kind: 'slot', slot: 2, add: 3n }, at(8), number(11)]),
      step('checksum', [slot(2), number(16)]),
      step('mprotect', [slot(2), number(4096), number(0)]),
      step('load', [slot(2), number(8)]),
      step('store', [slot(2), number(1), number(1)]),
      step('fill', [slot(2), number(1), number(1)]),
      step('checksum', [slot(2), number(1)]),
      step('madvise', [slot(2), number(4096), number(4)]),
      step('madvise', [slot(2), number(4096), number(999)]),
      step('mremap', [slot(2), number(8192), number(4096), number(0)]),
      step('mremap', [number(1), number(8192), number(4096), number(0)]),
      step('munmap', [slot(2), number(4096)]),
      step('open', [at(1), number(2), number(0)], { captures: keep(3) }),
      step('read', [slot(3), at(4), number(3)], {
        captures: [{ slot: 4, from: 'buffer', buffer: 4, offset: 0, width: 2 }],
      }),
      step('lseek', [slot(3), number(-1), number(2)]),
      step('write', [slot(3), at(5), number(2)]),
      step('read', [slot(3), at(5), number(1)]),
      step('fcntl', [slot(3), number(3), number(0)]),
      step('poll', [slot(3), number(5), number(0)]),
      step('poll', [number(99), number(1), number(0)]),
      step('stat', [at(1), at(4)], {
        captures: [{ slot: 5, from: 'buffer', buffer: 4, offset: 40, width: 8 }],
      }),
      step('stat', [at(1), at(5)]),
      step('stat', [at(1), at(7)]),
      step('mknod', [at(2), number(0o010600), number(0), number(0)]),
      step('mknod', [at(2), number(0o010600), number(0), number(0)]),
      step('unlink', [at(2)]),
      step('unlink', [at(2)]),
      step('readlink', [at(8), at(4), number(64)]),
      step('readfile', [at(1), at(4), number(64)]),
      step('readfile', [at(8), at(4), number(64)]),
      step('readfile', [at(1), at(6), number(4)]),
      step('writefile', [at(1), at(4), number(4)]),
      step('writefile', [at(8), at(4), number(4)]),
      step('sleep', [number(1)]),
      step('eventfd', [number(1), number(0x800)], { captures: keep(6) }),
      step('read', [slot(6), at(4), number(8)]),
      step('read', [slot(6), at(4), number(8)]),
      step('repeat', [number(47), number(2), number(3)]),
      step('nop', [], {
        patches: [
          {
            buffer: 5,
            offset: 8,
            width: 4,
            value: { kind: 'slot', slot: 4, shift: 4, mask: 0xffn, add: 3n },
          },
        ],
        captures: [{ slot: 7, from: 'buffer', buffer: 5, offset: 8, width: 4 }],
      }),
      step('lseek', [slot(3), slot(7), number(0)]),
      step('load', [at(6), number(1)]),
      step('load', [at(4, -1), number(1)]),
      step('repeat', [number(49), number(1), number(1)]),
      step('repeat', [number(0), number(0), number(1)]),
      step('netlink', [number(16)], { captures: keep(8) }),
      step('membership', [slot(8), number(0)]),
      step('netlink', [number(99)]),
      step('kill', [number(1), number(9)]),
      step('identity', [number(0xffff_ffff), number(0)]),
    ],
  };
}

const about = (node: string, program: Program): TraceFile => ({
  trace: 1,
  kit: '0',
  target: {
    name: 'exec:x',
    release: '7.3.4',
    driver: 'ethosu',
    abi: 'x86_64',
    node,
    minor: 0,
    params: {},
  },
  finding: {
    clause: 'handle.zero',
    instance: 'X */ /* Y',
    case: 'x',
    step: 0,
    kind: 'outcome',
    expected: 'EINVAL',
    observed: 'success',
  },
  program: writeProgram(
    program,
    program.steps.map(({ op }, index) => `${op} ${index} "%d" \\ ??/ */ é`),
  ),
});

/** A result as the program prints it. */
const printed = ({ status, ret, errno, signal }: StepResult) =>
  status === 'fault' ? `signal ${signal}` : errno !== 0 ? `errno ${errno}` : `returned ${ret}`;

const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map(line => /: (signal \d+|errno \d+|returned -?\d+)( \(.*\))?$/.exec(line)?.[1] ?? line);

it('traces of mutants compile without a warning, and say in one sentence that there is no node', async () => {
  const traces = [
    ...(await keptTraces('reference:ethosu,mutant=drop.ethosu.bo_mmap_offset.pad-nonzero', 'reserved')),
    ...(await keptTraces('reference:ethosu,mutant=drop.ethosu.bo_create.size-zero', 'argument')),
    ...(await keptTraces('reference:ethosu,mutant=drop.ethosu.perfmon_destroy.pad-nonzero', 'reserved')),
  ].map(([, file]) => file);
  assert.ok(traces.length >= 3, `${traces.length} traces`);
  for (const file of traces) {
    for (const flags of [[], ['-O2']]) {
      const program = compile(text({ ...file, target: { ...file.target, node: NOWHERE } }), 'gcc', flags);
      const { status, stdout, stderr } = run(program);
      assert.is(status, 2);
      assert.is(stdout, '');
      assert.is(
        stderr,
        `${NOWHERE} cannot be opened (No such file or directory); load the driver's module, or run as a user who may open it\n`,
      );
    }
  }
});

it('every op ends as the executor says, here and compiled for 32 bits', async () => {
  const program = everything();
  const file = about('/dev/null', program);
  const link = await spawnExecutor([await buildExecutor()]);
  const { results } = await link.run(program).finally(() => link.close());
  assert.is(results.length, program.steps.length);
  const wanted = results.map(printed);
  for (const flags of [[], ['-O2', '-fPIE', '-pie']]) {
    writeFileSync(join(folder, 'plain'), 'hello');
    const { status, stdout, stderr } = run(compile(text(file), 'gcc', flags));
    assert.is(status, 0, stderr);
    const seen = lines(stdout);
    assert.is(seen.length, wanted.length);
    for (const [index, line] of seen.entries()) {
      const { op } = program.steps[index]!;
      // Where the kernel puts a mapping is its choice.
      if (op === 'mmap' || op === 'mremap')
        assert.is(line.split(' ')[0], wanted[index]!.split(' ')[0], `step ${index} ${op}`);
      else assert.is(line, wanted[index], `step ${index} ${op}`);
    }
  }
  for (const compiler of ['i686-linux-gnu-gcc', 'arm-linux-gnueabihf-gcc', 'aarch64-linux-gnu-gcc'])
    if (existsSync(`/usr/bin/${compiler}`)) compile(text(file), compiler, ['-O2']);
});

it('processes, identity and the clock work as in the executor', async () => {
  const program: Program = {
    buffers: [],
    slots: 1,
    steps: [
      step('clock', []),
      step('fork', [], { captures: keep(0) }),
      step('kill', [slot(0), number(9)]),
      step('kill', [slot(0), number(9)]),
      step('identity', [number(65534), number(0)]),
      step('identity', [number(0), number(0)]),
    ],
  };
  const { status, stdout } = run(compile(text(about('/dev/null', program))));
  assert.is(status, 0);
  const seen = lines(stdout);
  assert.match(seen[0]!, /^returned [1-9]\d+$/);
  assert.match(seen[1]!, /^returned [1-9]\d*$/);
  assert.equal(seen.slice(2, 4), ['returned 0', 'errno 3']);
  // Only root may become another; nobody may become root again.
  const root = process.getuid?.() === 0;
  assert.is(seen[4], root ? 'returned 0' : 'errno 1');
  assert.is(seen[5], 'errno 1');
});

it('a step without a form in C is named in the first comment and left out', () => {
  const program: Program = {
    buffers: [path('/proc')],
    slots: 0,
    steps: [step('listdir', [at(0), at(0), number(6)]), step('holders', [number(261), number(0)])],
  };
  const made = text({ ...about('/dev/null', program), device: 'hang' });
  const comment = made.slice(0, made.indexOf(' */'));
  assert.match(comment, /step 0 \(listdir: .*\) has no form in C and is left out/);
  assert.match(comment, /step 1 \(holders: /);
  assert.match(comment, /The device has to end its jobs so: hang\. This program cannot make it\./);
  assert.equal(lines(run(compile(made)).stdout), ['returned 0', 'returned 0']);
});

it.run();
