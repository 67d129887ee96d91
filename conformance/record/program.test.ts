import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../run/usage-error.ts';
import { openTarget } from '../targets/open.ts';
import { type RecordedEvent, readEvents } from './events.ts';
import { programOf } from './program.ts';
import { common, create, layout, open, session, table } from './session.test.helper.ts';
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
