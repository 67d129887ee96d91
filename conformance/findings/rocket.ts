/** Defects of the rocket driver. Lines are those of Linux 7.3.4. */
import type { Finding } from './finding.ts';

const CREATE_BO = 'DRM_IOCTL_ROCKET_CREATE_BO';
const EXPORT = 'DRM_IOCTL_PRIME_HANDLE_TO_FD';
const PAGE = 4096n;
/** Freed memory holds a pattern that is no address. */
const MEMORY_CHECKS = ['slab_debug=FZP'];

export const rocketFindings: readonly Finding[] = [
  {
    id: 'rocket-buffer-outlives-file',
    title:
      'A buffer that lives on as a dma-buf when its file is closed uses the memory of that file when it goes, which is freed by then: the kernel oopses.',
    target: 'qemu:rocket',
    source: 'drivers/accel/rocket/rocket_gem.c:25',
    clause: 'kernel.alive',
    call: 'close',
    who: 'client',
    deviation: 'rocket.create_bo.outlives-its-file',
    parameters: MEMORY_CHECKS,
    log: /Unable to handle kernel/,
    steps: scene => {
      const fd = scene.client();
      const handle = scene.made(fd, CREATE_BO, { size: PAGE }, 'handle');
      const buffer = scene.made(fd, EXPORT, { handle, flags: 0n }, 'fd');
      scene.close(fd);
      return scene.close(buffer);
    },
  },
];
