/** What the DRM core does beyond the bodies of its calls: privileges, names, PRIME's memory of handles, waiting. */
import type { KernelObject } from '../drm/objects.ts';
import type { Behaviour, Clock, Known, Scene } from '../model/scene.ts';
import { Undetermined } from '../model/unknown.ts';
import { not, stillPending } from '../sync/fence.ts';
import { fencesFor } from '../sync/reservation.ts';

/** The handle of an object that the file got last. */
function lastHandle({ client }: Scene, object: KernelObject): bigint | undefined {
  const handles = [...(client?.table('gem_handle') ?? [])].filter(([, named]) => named === object);
  return handles.at(-1)?.[0];
}

function pastAtEntry(clock: Clock, deadline: bigint): Known {
  const until = BigInt.asIntN(64, deadline);
  if (clock.sleep || until <= 0n) return until <= (clock.began ?? clock.now());
  return until > clock.now() ? false : { learn: () => {} };
}

export const core: Behaviour = {
  states: {
    unprivileged: scene => !scene.privileged,
    /** The driver has left the device and has not marked it as unplugged. */
    unbound: ({ device }) => device.left && !device.unplugged,
    /** The call is made on the node for information. */
    through_control: ({ client }) => client?.control ?? false,
    /** The rest of a call that no description covers yet: what it does is followed, not predicted. */
    not_described: () => {
      throw new Undetermined('a call that is not described to its end');
    },
    /** A process has the object mapped. */
    mapped_now: ({ mapped }, _of, object) => mapped(object!),
    /** The file has the object only because it took it in as a dma-buf. */
    taken_in: ({ client }, _of, object) => client?.takenIn.has(object!) ?? false,
    /** of: bytes. Whether the file has less room for events; those that were read make room. */
    event_room_below: ({ client }, [bytes]) => BigInt(client?.events.room ?? 0) < bytes!,
    /** of: a deadline on CLOCK_MONOTONIC that was past when the call began; only the kernel knows when that was. */
    past_at_entry: ({ clock }, [deadline]) => pastAtEntry(clock, deadline!),
    /** of: a deadline that was not. */
    ahead_at_entry: ({ clock }, [deadline]) => not(pastAtEntry(clock, deadline!)),
    /** of: the deadline on CLOCK_MONOTONIC. A buffer that somebody writes is busy. */
    written_after: (scene, [deadline], object) =>
      stillPending(fencesFor(object!, false), BigInt.asIntN(64, deadline!), scene.clock),
    /** of: the deadline on CLOCK_MONOTONIC. */
    used_after: (scene, [deadline], object) =>
      stillPending(fencesFor(object!, true), BigInt.asIntN(64, deadline!), scene.clock),
  },
  numbers: {
    /** How many have the compute node open. */
    openers: ({ device }) => BigInt(device.openers),
    /** of: events that are wanted, bytes of each. */
    events_that_fit: ({ client }, [wanted, bytes]) => {
      const room = BigInt(client?.events.room ?? 0) / bytes!;
      return room < wanted! ? room : wanted;
    },
    authenticated: scene => (scene.client?.authenticated ? 1n : 0n),
    /** The handle by which PRIME knows the object in this file, or 0. With several it may be any of them. */
    prime_handle: scene => {
      const handles = scene.client?.prime.get(scene.object('bo')!);
      if (!handles || handles.size === 0) return 0n;
      return handles.size === 1 ? [...handles][0] : undefined;
    },
  },
  effects: {
    /** A driver that calls drm_dev_unregister() only: what is open stays open (drivers/gpu/drm/drm_drv.c:1168). */
    driver_leaves: ({ device }) => {
      device.left = true;
    },
    /** Without work on the device there is nothing to end. */
    jobs_end: () => {},
    /** of: the handle, or nothing for the one that the object just got. */
    remember_prime: (scene, [handle], [object]) => {
      const { client } = scene;
      const number = handle ?? lastHandle(scene, object!);
      if (!client || number === undefined) return;
      const known = client.prime.get(object!) ?? new Set<bigint>();
      if (handle === undefined && known.size === 0) client.takenIn.add(object!);
      client.prime.set(object!, known.add(number));
    },
    /** of: address, length. */
    set_client_name: (scene, [address, length]) => {
      const bytes = scene.bytes(address!, length!);
      if (scene.client && bytes) scene.client.name = new TextDecoder().decode(bytes);
    },
  },
};
