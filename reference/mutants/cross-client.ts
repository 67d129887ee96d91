/** C20: handles that mean something outside their file. */
import type { Client } from '../drm/objects.ts';
import type { MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

const clientsOf = (client: Client): Client[] => [...client.device.clients];

export const crossClient: MutantSource = driver =>
  carriesCore(driver)
    ? [
        {
          id: 'cross-client.any-table',
          class: 'C20',
          clauses: ['handle.foreign'],
          driver: driver.name,
          summary: "A handle that a client does not have is looked up in the other clients' tables.",
          faults: {
            find: (client, resource, handle) =>
              [client, ...clientsOf(client)]
                .map(each => each.table(resource).get(handle))
                .find(object => object !== undefined),
          },
        },
        {
          id: 'cross-client.newest-table',
          class: 'C20',
          clauses: ['handle.foreign'],
          driver: driver.name,
          summary: 'Handles are looked up in the table of the client that opened last.',
          faults: {
            find: (client, resource, handle) => clientsOf(client).at(-1)?.table(resource).get(handle),
          },
        },
        {
          id: 'cross-client.oldest-table',
          class: 'C20',
          clauses: ['model.outcome'],
          driver: driver.name,
          summary: 'Handles are looked up in the table of the client that opened first.',
          faults: { find: (client, resource, handle) => clientsOf(client)[0]?.table(resource).get(handle) },
        },
      ]
    : [];
