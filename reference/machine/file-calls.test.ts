/** The calls on dma-bufs and sync files of a buffer that the node made. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  catalogue,
  encodeRequest,
  type Step,
  sizeOfType,
  systemConstant,
  type Value,
} from '../../schemas/index.ts';
import { area, at, c, ioctl, node, open, run, slot, step } from './program.test.helper.ts';

const { files, types } = catalogue().drivers.get('ethosu')!;
const POLLIN = systemConstant('POLLIN');
const POLLOUT = systemConstant('POLLOUT');

const bytes = (...words: number[]) => new Uint8Array(Uint32Array.from(words).buffer);
/** Buffers: the node's path, BO_CREATE, PRIME_HANDLE_TO_FD, and arguments of the test's own. */
const OWN = 3;
const made = [node, area(16, bytes(4096)), area(12)];
const [NODE, BUFFER, FIRST, SECOND, HANDLE] = [0, 1, 2, 3, 4];

const from = (buffer: number, offset: number, into: number): Partial<Step> => ({
  captures: [{ slot: into, from: 'buffer', buffer, offset, width: 4 }],
});

/** A dma-buf in slot BUFFER. */
const begin: Step[] = [
  open(NODE),
  ioctl(slot(NODE), 'DRM_IOCTL_ETHOSU_BO_CREATE', 16, at(1), from(1, 12, HANDLE)),
  ioctl(slot(NODE), 'DRM_IOCTL_PRIME_HANDLE_TO_FD', 12, at(2), {
    patches: [{ buffer: 2, offset: 0, width: 4, value: slot(HANDLE) }],
    ...from(2, 8, BUFFER),
  }),
];

function call(fd: Value, name: string, argument: Value, more: Partial<Step> = {}): Step {
  const { argument: type, ...request } = files.get(name)!.request!;
  const size = sizeOfType(types, type!, 'x86_64');
  return step('ioctl', [fd, c(encodeRequest({ ...request, size })), argument], more);
}

const poll = (fd: Value, events: number, ms = 0) => step('poll', [fd, c(events), c(ms)]);
const tail = (ends: string[]) => ends.slice(begin.length);

test('a sync file of an idle buffer should be signalled, and tell so', async () => {
  const { ends, results } = await run(
    [...made, area(8, bytes(3, 0)), area(56, new Uint8Array(56).fill(0))],
    ...begin,
    call(slot(BUFFER), 'DMA_BUF_IOCTL_EXPORT_SYNC_FILE', at(OWN), from(OWN, 4, FIRST)),
    poll(slot(FIRST), POLLIN),
    poll(slot(BUFFER), POLLIN | POLLOUT),
    call(slot(FIRST), 'SYNC_IOC_FILE_INFO', at(OWN + 1)),
  );
  assert.equal(tail(ends), ['0', String(POLLIN), String(POLLIN | POLLOUT), '0']);
  const info = new Uint8Array(56);
  for (const diff of results.at(-1)!.diffs) info.set(diff.bytes, diff.offset);
  const view = new DataView(info.buffer);
  assert.is(view.getInt32(32, true), 1, 'status');
  assert.is(view.getUint32(40, true), 1, 'num_fences');
});

test('the flags should be checked after the copy, and a direction is needed', async () => {
  const sync = (flags: number) => [area(8, bytes(flags, 0))];
  const cases: [number, string][] = [
    [0, 'EINVAL'],
    [4, 'EINVAL'],
    [1, '0'],
    [7, '0'],
    [8 | 3, 'EINVAL'],
  ];
  for (const [flags, end] of cases) {
    const { ends } = await run(
      [...made, ...sync(flags)],
      ...begin,
      call(slot(BUFFER), 'DMA_BUF_IOCTL_SYNC', at(OWN)),
      call(slot(BUFFER), 'DMA_BUF_IOCTL_SYNC', c(0)),
    );
    assert.equal(tail(ends), [end, 'EFAULT'], `flags ${flags}`);
  }
});

test('a name of 31 bytes should be taken, one of 32 refused, and fdinfo shows the last', async () => {
  const name = (text: string) => area(64, new TextEncoder().encode(`${text}\0`));
  const path = area(32, new TextEncoder().encode('/proc/self/fdinfo/4\0'));
  const { ends, results } = await run(
    [...made, name('n'.repeat(31)), name('n'.repeat(32)), path, area(4096)],
    ...begin,
    call(slot(BUFFER), 'DMA_BUF_SET_NAME_A', at(OWN)),
    call(slot(BUFFER), 'DMA_BUF_SET_NAME_B', at(OWN + 1)),
    call(slot(BUFFER), 'DMA_BUF_SET_NAME_B', c(1)),
    step('readfile', [at(OWN + 2), at(OWN + 3), c(4096)]),
  );
  assert.equal(tail(ends).slice(0, 3), ['0', 'EINVAL', 'EFAULT']);
  const text = new TextDecoder().decode(results.at(-1)!.diffs[0]!.bytes);
  assert.match(text, /^size:\t4096$/m);
  assert.match(text, /^name:\tn{31}$/m);
});

test('merging should give a third file with the name, and refuse what is no sync file', async () => {
  const merge = new Uint8Array(48);
  merge.set(new TextEncoder().encode('both'));
  const { ends, results } = await run(
    [...made, area(8, bytes(3, 0)), area(48, merge), area(56)],
    ...begin,
    call(slot(BUFFER), 'DMA_BUF_IOCTL_EXPORT_SYNC_FILE', at(OWN), from(OWN, 4, FIRST)),
    call(slot(FIRST), 'SYNC_IOC_MERGE', at(OWN + 1), {
      patches: [{ buffer: OWN + 1, offset: 32, width: 4, value: slot(BUFFER) }],
    }),
    call(slot(FIRST), 'SYNC_IOC_MERGE', at(OWN + 1), {
      patches: [{ buffer: OWN + 1, offset: 32, width: 4, value: slot(FIRST) }],
      ...from(OWN + 1, 36, SECOND),
    }),
    call(slot(SECOND), 'SYNC_IOC_FILE_INFO', at(OWN + 2)),
  );
  assert.equal(tail(ends), ['0', 'ENOENT', '0', '0']);
  const { bytes: shown, offset } = results.at(-1)!.diffs[0]!;
  assert.is(offset, 0);
  assert.is(new TextDecoder().decode(shown.subarray(0, 4)), 'both');
});

test('a request of another size, and one of the other kind of file, should be unknown', async () => {
  const { argument: _, ...sync } = files.get('DMA_BUF_IOCTL_SYNC')!.request!;
  const { ends } = await run(
    [...made, area(64)],
    ...begin,
    step('ioctl', [slot(BUFFER), c(encodeRequest({ ...sync, size: 16 })), at(OWN)]),
    call(slot(BUFFER), 'SYNC_IOC_FILE_INFO', at(OWN)),
    step('lseek', [slot(BUFFER), c(0), c(2)]),
    step('lseek', [slot(BUFFER), c(1), c(2)]),
  );
  assert.equal(tail(ends), ['ENOTTY', 'ENOTTY', '4096', 'EINVAL']);
});

test.run();
