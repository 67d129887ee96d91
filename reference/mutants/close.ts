/** C18: what closing a file or a handle takes with it, and what it leaves behind. */
import type { MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

export const close: MutantSource = driver =>
  carriesCore(driver)
    ? [
        {
          id: 'close.takes-all',
          class: 'C18',
          clauses: ['node.open-twice'],
          driver: driver.name,
          summary: 'Closing one client takes the device away from all of them.',
          faults: { closeAll: true },
        },
        {
          id: 'close.one-client',
          class: 'C18',
          clauses: ['node.open-twice'],
          driver: driver.name,
          summary: 'A device that is open is refused with EBUSY.',
          faults: { clients: 1 },
        },
        {
          id: 'close.name-lives-on',
          class: 'C18',
          clauses: ['lifetime.descriptor'],
          driver: driver.name,
          summary: 'An object keeps its global name when the client that gave it has gone.',
          faults: { namesStay: true },
        },
        {
          id: 'close.handle-lives-on',
          class: 'C18',
          clauses: ['handle.closed'],
          driver: driver.name,
          summary: 'GEM_CLOSE succeeds, and the handle still names its object.',
          patch: [{ remove: 'drm.gem_close.release' }],
        },
        {
          id: 'close.neighbour',
          class: 'C18',
          clauses: ['handle.closed'],
          driver: driver.name,
          summary: 'GEM_CLOSE gives up the handle before the one that it was given.',
          patch: [
            {
              replace: 'drm.gem_close.release',
              with: [{ release: { sub: [{ field: 'handle' }, 1] }, resource: 'gem_handle' }],
            },
          ],
        },
      ]
    : [];
