/** Defects of the DRM core and of the fences: every driver that has the call has them. Lines are those of Linux 7.3.4. */
import { systemConstant } from '../../schemas/index.ts';
import { constant } from '../plan/builder.ts';
import type { Finding } from './finding.ts';

/** The smallest number of elements of 4 bytes that no allocation has room for. */
const HUGE = 0x2000_0000n;
const F_GETFD = systemConstant('F_GETFD');
const SYNC_FILE = 1n;
const TIMELINE = 2n;
const SIGNALED = 1n;
/** More levels than 16 KiB of stack have room for, at 64 bytes each on amd64. */
const LEVELS = 400;
const LEVELS_DEADLINE_MS = 120_000;

export const coreFindings: readonly Finding[] = [
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
    steps: scene => scene.call(scene.client(), 'DRM_IOCTL_GET_UNIQUE', { unique_len: 0n, unique: 0n }),
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
    steps: scene => scene.call(scene.client(), 'DRM_IOCTL_GET_MAGIC', { magic: 0n }),
  },
  {
    id: 'syncobj-handle-zero',
    title:
      'Destroying handle 0, which is refused, makes 0 the next handle of a sync object; it can then be destroyed.',
    target: 'qemu:accelref',
    source: 'drivers/gpu/drm/drm_syncobj.c:635',
    clause: 'handle.fresh',
    call: 'DRM_IOCTL_SYNCOBJ_DESTROY',
    who: 'client',
    deviation: 'drm.syncobj_destroy.zero-becomes-free',
    ends: { wrong: 'success', right: 'EINVAL' },
    steps: scene => {
      const fd = scene.client();
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: 0n });
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_DESTROY', { handle: 0n, pad: 0n });
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: 0n });
      return scene.call(fd, 'DRM_IOCTL_SYNCOBJ_DESTROY', { handle: 0n, pad: 0n });
    },
  },
  {
    id: 'syncobj-count-warns',
    title: 'An array of 2 GiB of sync object handles makes the page allocator warn with a trace.',
    target: 'qemu:accelref',
    source: 'drivers/gpu/drm/drm_syncobj.c:1274',
    clause: 'kernel.log',
    call: 'DRM_IOCTL_SYNCOBJ_RESET',
    who: 'client',
    deviation: 'drm.syncobj_wait.huge-count-warns',
    log: /WARNING: .*mm\/page_alloc/,
    steps: scene =>
      scene.call(scene.client(), 'DRM_IOCTL_SYNCOBJ_RESET', {
        handles: 0n,
        count_handles: HUGE,
        pad: 0n,
      }),
  },
  {
    id: 'syncobj-chain-nests',
    title:
      'A point of a timeline, exported as a sync file, is imported as a point again: chains nest, which the kernel warns of each time.',
    target: 'qemu:accelref',
    source: 'drivers/gpu/drm/drm_syncobj.c:749',
    clause: 'kernel.log',
    call: 'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE',
    who: 'client',
    log: /WARNING: .*dma-fence-chain/,
    steps: scene => {
      const fd = scene.client();
      const handle = scene.made(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: SIGNALED }, 'handle');
      const exported = () =>
        scene.made(
          fd,
          'DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD',
          { handle, flags: SYNC_FILE | TIMELINE, point: 0n, pad: 0n },
          'fd',
        );
      const imported = (point: bigint) =>
        scene.call(fd, 'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE', {
          handle,
          fd: exported(),
          flags: SYNC_FILE | TIMELINE,
          point,
          pad: 0n,
        });
      imported(1n);
      return imported(2n);
    },
  },
  {
    id: 'syncobj-chain-stack',
    title:
      'A timeline that is exported as a sync file and imported into itself some hundred times nests so deep that giving it up overflows the kernel stack.',
    target: 'qemu:accelref',
    source: 'drivers/dma-buf/dma-fence-chain.c:205',
    clause: 'kernel.alive',
    call: 'DRM_IOCTL_SYNCOBJ_DESTROY',
    who: 'client',
    log: /stack guard page was hit|stack overflow|double fault/i,
    steps: scene => {
      const fd = scene.client();
      const handle = scene.made(fd, 'DRM_IOCTL_SYNCOBJ_CREATE', { flags: SIGNALED }, 'handle');
      const first = scene.builder.length;
      const file = scene.made(
        fd,
        'DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD',
        { handle, flags: SYNC_FILE | TIMELINE, point: 0n, pad: 0n },
        'fd',
      );
      const values = { handle, fd: file, flags: SYNC_FILE | TIMELINE, point: 1n, pad: 0n };
      scene.call(fd, 'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE', values);
      scene.close(file);
      scene.repeat(first, 3, LEVELS, LEVELS_DEADLINE_MS);
      return scene.call(fd, 'DRM_IOCTL_SYNCOBJ_DESTROY', { handle, pad: 0n });
    },
  },
  {
    id: 'prime-descriptor-lost',
    title:
      'PRIME_HANDLE_TO_FD that cannot write its answer fails with EFAULT and leaves a descriptor open that nobody was told of; dma_buf_fd_install() is only to be called after that write.',
    target: 'qemu:ethosu',
    source: 'drivers/gpu/drm/drm_prime.c:527',
    clause: 'isolation.published',
    call: 'DRM_IOCTL_PRIME_HANDLE_TO_FD',
    who: 'client',
    described: true,
    ends: { wrong: 'success', right: 'EBADF' },
    steps: scene => {
      const fd = scene.client();
      const handle = scene.memory(fd, 4096n);
      const call = scene.context.driver.calls.get('DRM_IOCTL_PRIME_HANDLE_TO_FD')!;
      const label = `${call.name}, whose argument can only be read`;
      scene.maker.call(fd, call, { handle, flags: 0n }, { access: 'read', label });
      const next = { kind: 'slot', slot: 0, add: 1n } as const;
      const args = [next, constant(F_GETFD), constant(0)];
      return scene.builder.step('F_GETFD of the descriptor after that of the node', 'fcntl', args);
    },
  },
];
