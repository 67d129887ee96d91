/** Calls that hurt the kernel itself: warnings (C04), taint, and calls that never return (C14). */
import type { MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

const BY = 'DRM_IOCTL_PRIME_HANDLE_TO_FD';

export const kernel: MutantSource = driver =>
  carriesCore(driver)
    ? [
        {
          id: 'kernel.warning',
          class: 'C04',
          clauses: ['kernel.log', 'kernel.taint'],
          driver: driver.name,
          calls: [BY],
          summary: 'PRIME_HANDLE_TO_FD runs into a WARN().',
          faults: {
            log: call =>
              call === BY
                ? {
                    level: 4,
                    text: 'WARNING: CPU: 0 PID: 1 at drivers/gpu/drm/drm_gem.c:1 drm_gem_export+0x0/0x0',
                  }
                : undefined,
          },
        },
        {
          id: 'kernel.bug-report',
          class: 'C04',
          clauses: ['kernel.log'],
          driver: driver.name,
          calls: [BY],
          summary: 'PRIME_HANDLE_TO_FD makes a sanitizer report a read outside an object.',
          faults: {
            log: call =>
              call === BY
                ? { level: 5, text: 'BUG: KASAN: slab-out-of-bounds in drm_gem_export+0x0/0x0' }
                : undefined,
          },
        },
        {
          id: 'kernel.taint-only',
          class: 'C04',
          clauses: ['kernel.taint'],
          driver: driver.name,
          calls: [BY],
          summary: 'PRIME_HANDLE_TO_FD taints the kernel, and the report is lost.',
          faults: { log: call => (call === BY ? { level: 4, text: 'accel: something is odd' } : undefined) },
        },
        {
          id: 'kernel.never-returns',
          class: 'C14',
          clauses: ['kernel.alive'],
          driver: driver.name,
          calls: [BY],
          summary: 'PRIME_HANDLE_TO_FD waits for a lock that is never released.',
          faults: { stuck: call => call === BY },
        },
      ]
    : [];
