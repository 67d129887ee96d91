import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { openTarget } from '../targets/open.ts';
import { loadTrace, readProgram, writeProgram } from '../trace/trace-file.ts';
import { type RecordedEvent, readEvents } from './events.ts';
import { programOf } from './program.ts';
import { common, create, layout, open, recordingOf, session, table } from './session.test.helper.ts';
import { departures } from './verdict.ts';

async function replayed(events: readonly RecordedEvent[], target: string) {
  const made = programOf(events, table, []);
  const opened = await openTarget(target);
  try {
    return departures(await opened.link.run(made.program), made.results);
  } finally {
    await opened.close();
  }
}

test('a handle should be the one that the kernel gives, whatever it was', async () => {
  // 42 is no handle that a fresh client gets.
  assert.equal(await replayed(session, 'reference:ethosu'), []);
});

test('an errno and a byte that are others should be told with their step', async () => {
  const [errno] = await replayed(session, 'reference:ethosu,mutant=drop.ethosu.bo_create.size-zero');
  assert.equal([errno?.step, errno?.expected, errno?.observed], [3, 'errno 22', 'success']);
  const wrong = create('0010000000000000', '2a000000');
  if (wrong.e !== 'ioctl') throw new Error('no ioctl');
  const bytes = { ...wrong, mem: [{ ...wrong.mem[0]!, out: `0020000000000000000000002a000000` }] };
  const [byte] = await replayed([open(1), bytes], 'reference:ethosu');
  assert.match(byte?.expected ?? '', /^byte 1 of buffer \d+ is 0x20$/);
});

test('what is masked should stand nowhere in the program', () => {
  const made = programOf(session, table, ['drm_ethosu_bo_create.size']);
  assert.is(made.masked, 2);
  const [fill] = made.program.steps[1]!.fills!;
  assert.equal(fill!.bytes.subarray(0, 8), new Uint8Array(8));
  assert.is(made.results[1]!.after[0]!.bytes.slice(0, 16), '0'.repeat(16));
});

test('a mask that hides nothing should be refused', () => {
  assert.throws(
    () => programOf([], table, ['drm_ethosu_bo_create.sise']),
    (error: Error) => error instanceof UsageError && /--mask drm_ethosu_bo_create\.sise/.test(error.message),
  );
});

test('the lines of a recorder that was killed should be read up to the last whole one', () => {
  const text = `${JSON.stringify({ ...common, e: 'start', abi: 'x86_64', page: 4096 })}\n${JSON.stringify(open(1))}\n{"e":"ioc`;
  const { events, whole } = readEvents('x', text);
  assert.equal([events.length, whole], [2, false]);
  assert.throws(() => readEvents('x', '{"e":"start"}\nnonsense\n'), /line 2/);
});

test('a mebibyte that a program wrote into its buffer should be one step, and be there again', async () => {
  const content = Uint8Array.from({ length: 1 << 20 }, (_, at) => (at * 2654435761) >>> 24);
  const offset: RecordedEvent = {
    ...common,
    e: 'ioctl',
    file: 1,
    request: '0xc0106443',
    arg: '0x1000',
    ret: 0,
    began: '0',
    fds: [],
    mem: [
      {
        layout: layout('drm_ethosu_bo_mmap_offset'),
        stride: 16,
        at: '0x1000',
        in: '2a00000000000000'.padEnd(32, '0'),
        out: '2a000000000000000000000100000000',
      },
    ],
  };
  const map = { length: content.length, prot: 3, flags: 1, offset: '0x1000000', ret: 0 };
  const memory = { map: 1, at: 0, bytes: Buffer.from(content).toString('hex') };
  const made = programOf(
    [
      open(1),
      create('0000100000000000', '2a000000'),
      offset,
      { ...common, e: 'mmap', file: 1, map: 1, ...map },
      { ...common, e: 'memory', ...memory },
      { ...common, e: 'memory', ...memory },
    ],
    table,
    [],
  );
  assert.equal(
    made.program.steps.map(({ op }) => op),
    ['open', 'ioctl', 'ioctl', 'mmap', 'copy', 'copy'],
  );
  // The same bytes stand in the program once.
  const bulk = made.program.buffers.filter(({ size }) => size >= content.length);
  assert.equal(
    bulk.map(({ size }) => size),
    [content.length],
  );
  const path = 'big.json';
  const written = JSON.stringify(writeProgram(made.program, made.labels));
  const file = { ...recordingOf([open(1)]), recorded: undefined, program: JSON.parse(written) };
  const { program } = readProgram(loadTrace(path, JSON.stringify(file)), path);
  const at = program.steps[4]!.args[0]!;
  const sum = {
    op: 'checksum' as const,
    args: [at, { kind: 'const' as const, value: BigInt(content.length) }],
    deadline: 10_000,
  };
  const { link, close: end } = await openTarget('reference:ethosu');
  const trace = await link.run({ ...program, steps: [...program.steps, sum] });
  assert.is(trace.results.at(-1)?.ret, BigInt(crc32(content)));
  await end();
});

test('every pointer of a described call should be followed', () => {
  const rows = new Set(table.text.split('\n').map(row => row.split(' ').slice(0, 3).join(' ')));
  for (const [name, offset] of [
    ['drm_ethosu_submit', 0],
    ['drm_ethosu_cmdstream_bo_create', 8],
    ['drm_ethosu_dev_query', 8],
  ] as const)
    assert.ok(rows.has(`P ${layout(name)} ${offset}`), name);
});

test.run();
