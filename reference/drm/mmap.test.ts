/** Mappings by a body of the driver's own: habanalabs maps its buffers at their handles. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AbiName,
  type Buffer,
  catalogue,
  encodeRequest,
  errnoName,
  fieldOf,
  layoutOf,
  type Step,
  type Value,
  writeScalar,
} from '../../schemas/index.ts';
import { createReference } from '../link.ts';
import { area, at, c, keep, node, open, PAGE, slot, step } from '../machine/program.test.helper.ts';

const driver = catalogue().drivers.get('habanalabs')!;
const [READ, BOTH, SHARED] = [1, 3, 1];
const WHOLE = c(PAGE);
/** What no handle that was given out has in the bits that say what is mapped. */
const BLOCK = 1n << 61n;

/** A call of the driver whose handle lies at the beginning of its argument. */
function call(name: string, place: number, into?: number, more: Partial<Step> = {}): Step {
  const { direction, letter, number } = driver.calls.get(name)!.request!;
  const request = encodeRequest({
    direction,
    letter,
    number,
    size: layoutOf(driver.types, driver.calls.get(name)!.argument!, 'x86_64').size,
  });
  const captures =
    into === undefined
      ? {}
      : {
          captures: [{ slot: into, from: 'buffer' as const, buffer: place, offset: 0, width: 8 as const }],
        };
  return step('ioctl', [slot(0), c(request), at(place)], { ...captures, ...more });
}

/** The argument of a call, with these members. */
const argument = (name: string, members: Readonly<Record<string, number>>): Buffer => {
  const layout = layoutOf(driver.types, driver.calls.get(name)!.argument!, 'x86_64');
  const data = new Uint8Array(layout.size);
  for (const [member, value] of Object.entries(members))
    writeScalar(data, fieldOf(layout, member), BigInt(value));
  return area(layout.size, data);
};

/** The arguments: 1 makes a command buffer of so many bytes, 2 room for so many timestamps, 3 ends a command buffer. */
const areas = (bytes: number, stamps: number) => [
  node,
  argument('DRM_IOCTL_HL_CB', { 'in.cb_size': bytes }),
  argument('DRM_IOCTL_HL_MEMORY', { 'in.op': 6, 'in.num_of_elements': stamps }),
  argument('DRM_IOCTL_HL_CB', { 'in.op': 1 }),
];
const made = call('DRM_IOCTL_HL_CB', 1, 1);
const stamped = call('DRM_IOCTL_HL_MEMORY', 2, 1);
const ended = call('DRM_IOCTL_HL_CB', 3, undefined, {
  patches: [{ buffer: 3, offset: 0, width: 8, value: slot(1) }],
});
const map = (length: Value, into: number, offset = slot(1), prot = BOTH) =>
  step('mmap', [c(0), length, c(prot), c(SHARED), slot(0), offset], keep(into));

async function run(buffers: Buffer[], steps: readonly Step[], abi: AbiName = 'x86_64') {
  const reference = createReference({ driver, profile: 'gaudi2', abi });
  const { results } = await reference.run({ buffers, slots: 8, steps: [open(0), ...steps] });
  return results.map(({ status, ret, errno }) =>
    status === 'done' ? (errno ? errnoName(errno) : String(ret)) : status,
  );
}

test('a command buffer should be mapped whole: of its pages, of one at least', async () => {
  for (const [bytes, pages] of [
    [0, 1],
    [1, 1],
    [PAGE, 1],
    [PAGE + 1, 2],
  ] as const) {
    const ends = await run(areas(bytes, 1), [
      made,
      map(c((pages + 1) * PAGE), 2),
      map(c(pages * PAGE), 3),
      step('load', [slot(3, BigInt(pages * PAGE - 4)), c(4)]),
      step('load', [slot(3, BigInt(pages * PAGE)), c(4)]),
    ]);
    assert.is(ends[2], 'EINVAL', `${bytes}`);
    assert.match(ends[3]!, /^\d+$/, `${bytes}`);
    assert.equal(ends.slice(4), ['0', 'fault'], `${bytes}`);
  }
  const ends = await run(areas(PAGE + 1, 1), [made, map(WHOLE, 2)]);
  assert.is(ends[2], 'EINVAL', 'a part');
});

test('a buffer of timestamps should have 8 bytes for each', async () => {
  const two = PAGE / 8 + 1;
  const ends = await run(areas(0, two), [stamped, map(WHOLE, 2), map(c(2 * PAGE), 3)]);
  assert.is(ends[2], 'EINVAL');
  assert.match(ends[3]!, /^\d+$/);
});

test('there should be one mapping at a time, whose end, in parts too, makes room for another', async () => {
  const ends = await run(areas(2 * PAGE, 1), [
    made,
    map(c(2 * PAGE), 2),
    map(c(2 * PAGE), 3),
    step('store', [slot(2), c(4), c(7)]),
    step('munmap', [slot(2), WHOLE]),
    map(c(2 * PAGE), 3),
    step('munmap', [slot(2, BigInt(PAGE)), WHOLE]),
    map(c(2 * PAGE), 3, slot(1), READ),
    step('load', [slot(3), c(4)]),
    step('store', [slot(3), c(4), c(8)]),
  ]);
  assert.is(ends[3], 'EINVAL', 'a second');
  assert.is(ends[6], 'EINVAL', 'beside a part');
  assert.match(ends[8]!, /^\d+$/, 'when all is gone');
  assert.equal(ends.slice(9), ['7', 'fault']);
});

test('a forked process should have none of the mapping', async () => {
  const ends = await run(areas(0, 1), [
    made,
    map(WHOLE, 2),
    step('fork', [], keep(4)),
    step('munmap', [slot(2), WHOLE]),
    map(WHOLE, 3),
  ]);
  assert.match(ends[5]!, /^\d+$/);
});

test('a mapping should outlive the handle and the descriptor, and keep the device from others', async () => {
  const ends = await run(areas(0, 1), [
    made,
    map(WHOLE, 2),
    step('store', [slot(2), c(4), c(9)]),
    ended,
    map(WHOLE, 3),
    step('close', [slot(0)]),
    step('load', [slot(2), c(4)]),
    step('open', [at(0), c(2), c(0)], keep(5)),
    step('munmap', [slot(2), WHOLE]),
    step('open', [at(0), c(2), c(0)], keep(5)),
  ]);
  assert.is(ends.slice(4).join(' '), '0 EINVAL 0 9 EBUSY 0 3');
});

test('what is no handle should not be mapped', async () => {
  const offsets = [c(0), slot(1, BigInt(PAGE)), c(1n << 60n), c(1n << 63n), slot(1, 1n)];
  const ends = await run(areas(0, 1), [made, ...offsets.map(offset => map(WHOLE, 2, offset))]);
  assert.equal(ends.slice(2), ['EINVAL', 'EINVAL', 'EINVAL', 'EINVAL', 'EINVAL']);
  const blocks = await run(areas(0, 1), [map(WHOLE, 2, c(BLOCK))]);
  assert.is(blocks[1], 'EINVAL', 'the reference has no blocks');
});

test('a 32-bit program should find no word for a handle', async () => {
  const ends = await run(areas(0, 1), [made, map(WHOLE, 2)], 'i386');
  assert.is(ends[2], 'EOVERFLOW');
});

test('other drivers should keep what the DRM core says of mmap', () => {
  const ids = [...catalogue().drivers.values()].map(({ name, calls }) => [name, calls.get('mmap')!.id]);
  for (const [name, id] of ids) assert.is(id, name === 'habanalabs' ? 'habanalabs.mmap' : 'drm.mmap', name);
});

test.run();
