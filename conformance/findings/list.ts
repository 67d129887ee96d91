/** Every defect that was found in an unmodified kernel and that a program shows. Lines are those of Linux 7.3.4. */
import { StreamBuilder } from '../../schemas/index.ts';
import { addressOf } from '../plan/builder.ts';
import type { Finding, FindingScene } from './finding.ts';

/** The smallest number of elements of 4 bytes that no allocation has room for. */
const HUGE = 0x2000_0000n;
const SYNC_FILE = 1n;
const TIMELINE = 2n;
const SIGNALED = 1n;

/** A command stream of the U65 that the driver accepts, as a call. */
function acceptedStream(words: readonly number[]): (scene: FindingScene) => number {
  return scene => {
    scene.drop();
    const fd = scene.open();
    const call = scene.context.driver.calls.get('DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE')!;
    const bytes = new StreamBuilder().words(...words).bytes();
    const size = BigInt(bytes.length);
    const data = addressOf(scene.maker.target(call, 'data', size));
    return scene.call(fd, call.name, { size, flags: 0n, data, 'data[]': bytes, pad: 0n });
  };
}

const accepted = { ends: { wrong: 'success', right: 'EINVAL' } } as const;

export const findings: readonly Finding[] = [
  {
    id: 'get-unique-null',
    title:
      'GET_UNIQUE on an accel node follows a NULL pointer: the kernel oopses, with the mutex of the device held.',
    target: 'qemu:ethosu',
    source: 'drivers/gpu/drm/drm_ioctl.c:123',
    clause: 'kernel.alive',
    call: 'DRM_IOCTL_GET_UNIQUE',
    who: 'client',
    log: /NULL pointer dereference/,
    steps: scene => {
      scene.drop();
      return scene.call(scene.open(), 'DRM_IOCTL_GET_UNIQUE', { unique_len: 0n, unique: 0n });
    },
  },
  {
    id: 'get-magic-null',
    title:
      'GET_MAGIC on an accel node follows a NULL pointer: the kernel oopses, with the mutex of the device held.',
    target: 'qemu:ethosu',
    source: 'drivers/gpu/drm/drm_auth.c:101',
    clause: 'kernel.alive',
    call: 'DRM_IOCTL_GET_MAGIC',
    who: 'client',
    log: /NULL pointer dereference/,
    steps: scene => {
      scene.drop();
      return scene.call(scene.open(), 'DRM_IOCTL_GET_MAGIC', { magic: 0n });
    },
  },
  {
    id: 'syncobj-handle-zero',
    title:
      'Destroying handle 0, which is refused, makes 0 the next handle of a sync object; it can then be destroyed.',
    target: 'qemu:accelref',
    source: 'drivers/gpu/drm/drm_syncobj.c:606',
    clause: 'handle.fresh',
    call: 'DRM_IOCTL_SYNCOBJ_DESTROY',
    who: 'client',
    ...accepted,
    steps: scene => {
      scene.drop();
      const fd = scene.open();
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: 0n });
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_DESTROY', { handle: 0n, pad: 0n });
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: 0n });
      return scene.call(fd, 'DRM_IOCTL_SYNCOBJ_DESTROY', { handle: 0n, pad: 0n });
    },
  },
  {
    id: 'syncobj-count-warns',
    title: 'An array of sync objects of 2 GiB makes the page allocator warn with a trace.',
    target: 'qemu:accelref',
    source: 'drivers/gpu/drm/drm_syncobj.c:1274',
    clause: 'kernel.log',
    call: 'DRM_IOCTL_SYNCOBJ_RESET',
    who: 'client',
    log: /WARNING: .*mm\/page_alloc/,
    steps: scene => {
      scene.drop();
      return scene.call(scene.open(), 'DRM_IOCTL_SYNCOBJ_RESET', {
        handles: 0n,
        count_handles: HUGE,
        pad: 0n,
      });
    },
  },
  {
    id: 'syncobj-chain-nests',
    title:
      'A point of a timeline, exported as a sync file, is imported as a point again: chains nest, which the kernel warns of each time.',
    target: 'qemu:accelref',
    source: 'drivers/gpu/drm/drm_syncobj.c:743',
    clause: 'kernel.log',
    call: 'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE',
    who: 'client',
    log: /WARNING: .*dma-fence-chain/,
    steps: scene => {
      scene.drop();
      const fd = scene.open();
      const handle = scene.made(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: SIGNALED }, 'handle');
      const file = () =>
        scene.made(
          fd,
          'DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD',
          { handle, flags: SYNC_FILE | TIMELINE, point: 0n, pad: 0n },
          'fd',
        );
      const put = (from: ReturnType<typeof file>, point: bigint) =>
        scene.call(fd, 'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE', {
          handle,
          fd: from,
          flags: SYNC_FILE | TIMELINE,
          point,
          pad: 0n,
        });
      put(file(), 1n);
      return put(file(), 2n);
    },
  },
  {
    id: 'ethosu-perfmon-zero',
    title:
      'Destroying monitor 0, which is refused, makes 0 the number of the next monitor; it can then be destroyed.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:212',
    clause: 'handle.fresh',
    call: 'DRM_IOCTL_ETHOSU_PERFMON_DESTROY',
    who: 'client',
    ...accepted,
    steps: scene => {
      scene.drop();
      const fd = scene.open();
      scene.call(fd, 'DRM_IOCTL_ETHOSU_PERFMON_CREATE', { ncounters: 0n });
      scene.call(fd, 'DRM_IOCTL_ETHOSU_PERFMON_DESTROY', { id: 0n, pad: 0n });
      scene.call(fd, 'DRM_IOCTL_ETHOSU_PERFMON_CREATE', { ncounters: 0n });
      return scene.call(fd, 'DRM_IOCTL_ETHOSU_PERFMON_DESTROY', { id: 0n, pad: 0n });
    },
  },
  {
    id: 'ethosu-submit-count-warns',
    title: 'A batch of 2 GiB of jobs makes the allocator warn with a trace.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_job.c:521',
    clause: 'kernel.log',
    call: 'DRM_IOCTL_ETHOSU_SUBMIT',
    who: 'client',
    log: /WARNING: .*mm\/(slub|util)/,
    steps: scene => {
      scene.drop();
      return scene.call(scene.open(), 'DRM_IOCTL_ETHOSU_SUBMIT', {
        jobs: 0n,
        job_count: HUGE,
        perfmon_id: 0n,
      });
    },
  },
  {
    id: 'ethosu-tile-unchecked',
    title:
      'A stream whose output has a tile at 2^40 - 1 is accepted for a buffer of one byte: only the tile of the last element is checked.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_gem.c:217',
    clause: 'argument.value',
    call: 'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE',
    who: 'client',
    ...accepted,
    steps: acceptedStream([0x11f, 0x112, 0x11a, 0x00ff4010, 0xffffffff, 0x4011, 0, 0x00040005, 0]),
  },
  {
    id: 'ethosu-weights-unchecked',
    title: 'A stream whose second weights lie at 2^40 - 1 is accepted: only the first are checked.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_gem.c:627',
    clause: 'argument.value',
    call: 'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE',
    who: 'client',
    ...accepted,
    steps: acceptedStream([
      0x122, 0x10f, 0x4000, 0, 0x4005, 0, 0x111, 0x112, 0x11f, 0x4010, 0, 0x128, 0x4020, 0, 0x4021, 0,
      0x00ff4090, 0xffffffff, 0x4091, 0x1000, 2, 0,
    ]),
  },
  {
    id: 'ethosu-dma-rows-unchecked',
    title: 'A stream with a DMA copy of 4096 bytes in 0 rows is accepted for an empty buffer.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_gem.c:171',
    clause: 'argument.value',
    call: 'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE',
    who: 'client',
    ...accepted,
    steps: acceptedStream([0x4032, 0x1000, 0x02000130, 0x131, 0x132, 0x4030, 0, 0x4031, 0, 0x10, 0]),
  },
];
