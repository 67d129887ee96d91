/**
 * What a habanalabs device keeps between calls: its debug mode, which it has once
 * (drivers/accel/habanalabs/common/device.c:1217), and the eventfd of each file (habanalabs_ioctl.c:783). What it tells
 * of itself is its own.
 */
import type { Client, Device } from '../drm/objects.ts';
import type { Behaviour } from '../model/scene.ts';

const LOWEST_ADDRESS = 0x1000_0000_0000n;
/**
 * A buffer is mapped by its handle: a number from 1 on in pages, and upper bits that say what it is of
 * (drivers/accel/habanalabs/common/memory_mgr.c:160 and 171, habanalabs.h:53).
 */
const BUFFERS = 1n << 60n;
const STAMPS = 1n << 63n;

/** Who turned the debug mode on; it goes with the file (drivers/accel/habanalabs/common/context.c:111). */
const inDebug = new WeakMap<Device, Client>();
const notified = new WeakSet<Client>();

export const habanalabs: Behaviour = {
  states: {
    hl_in_debug: ({ device }) => inDebug.has(device),
    hl_eventfd_registered: ({ client }) => client !== undefined && notified.has(client),
  },
  effects: {
    hl_set_debug: ({ device, client }, [enable]) => {
      if (enable && client) inDebug.set(device, client);
      else inDebug.delete(device);
    },
    hl_eventfd_register: ({ client }) => {
      if (client) notified.add(client);
    },
    hl_eventfd_unregister: ({ client }) => {
      if (client) notified.delete(client);
    },
  },
  numbers: {
    /** Whether anybody computes (drivers/accel/habanalabs/common/context.c:169). */
    hl_active: ({ device }) => (device.openers > 0 ? 1n : 0n),
    /**
     * Where the reference begins to map, far from the numbers of other handles; a device decides that for itself
     * (drivers/accel/habanalabs/common/memory.c:1176).
     */
    hl_lowest_address: ({ clock }) => (clock.sleep ? LOWEST_ADDRESS : 1n),
    hl_lowest_buffer: ({ clock, param }) => (clock.sleep ? BUFFERS + param('page_size') : 1n),
    hl_lowest_stamps: ({ clock, param }) => (clock.sleep ? STAMPS + param('page_size') : 1n),
    /** Bytes of the device that the file has (drivers/accel/habanalabs/common/memory.c:190), as far as all were seen. */
    hl_own_memory: ({ client }) =>
      client?.unseen.has('device_memory')
        ? undefined
        : [...(client?.table('device_memory').values() ?? [])].reduce(
            (sum, { properties }) => sum + (properties.get('bytes') ?? 0n),
            0n,
          ),
  },
  closed: (device, client) => {
    if (inDebug.get(device) === client) inDebug.delete(device);
  },
};
