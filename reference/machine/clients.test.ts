/** How long a client lives: as long as anything holds its file. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  area,
  at,
  c,
  ioctl,
  keep,
  mappable,
  node,
  open,
  PAGE,
  run,
  slot,
  step,
} from './program.test.helper.ts';

const [BOTH, SHARED] = [3, 1];
const create = Uint8Array.of(0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

test('a client should live until its last mapping is gone, closed or not', async () => {
  const named = (into: number) =>
    ioctl(slot(1), 'DRM_IOCTL_GEM_OPEN', 16, at(4), {
      patches: [{ buffer: 4, offset: 0, width: 4, value: slot(5) }],
      captures: [{ slot: into, from: 'buffer', buffer: 4, offset: 4, width: 4 }],
    });
  const { ends } = await run(
    [node, area(16, create), area(16), area(8), area(16), area(8)],
    open(0),
    ...mappable(slot(0), { create: 1, offset: 2 }, { handle: 2, offset: 3 }),
    ioctl(slot(0), 'DRM_IOCTL_GEM_FLINK', 8, at(3), {
      patches: [{ buffer: 3, offset: 0, width: 4, value: slot(2) }],
      captures: [{ slot: 5, from: 'buffer', buffer: 3, offset: 4, width: 4 }],
    }),
    step('mmap', [c(0), c(PAGE), c(BOTH), c(SHARED), slot(0), slot(3)], keep(4)),
    step('close', [slot(0)]),
    open(1),
    // The name is there as long as some client has a handle of the object.
    named(6),
    ioctl(slot(1), 'DRM_IOCTL_GEM_CLOSE', 8, at(5), {
      patches: [{ buffer: 5, offset: 0, width: 4, value: slot(6) }],
    }),
    named(6),
    ioctl(slot(1), 'DRM_IOCTL_GEM_CLOSE', 8, at(5), {
      patches: [{ buffer: 5, offset: 0, width: 4, value: slot(6) }],
    }),
    step('munmap', [slot(4), c(PAGE)]),
    named(6),
  );
  assert.is(ends.slice(5).join(' '), '0 3 0 0 0 0 0 ENOENT');
});

test('a mapping should go whole when less than its last page is unmapped', async () => {
  const { ends } = await run(
    [node, area(16, create), area(16)],
    open(0),
    ...mappable(slot(0), { create: 1, offset: 2 }, { handle: 2, offset: 3 }),
    step('mmap', [c(0), c(1), c(BOTH), c(SHARED), slot(0), slot(3)], keep(4)),
    step('munmap', [slot(4), c(1)]),
    step('load', [slot(4, 8n), c(1)]),
  );
  assert.is(ends.slice(-2).join(' '), '0 fault');
});

test.run();
