/** What the DRM core does beyond the bodies of its calls: PRIME's memory of handles, and waiting on a buffer. */
import type { Behaviour } from '../model/scene.ts';
import { stillPending } from '../sync/fence.ts';
import { fencesFor } from '../sync/reservation.ts';

export const core: Behaviour = {
  states: {
    /** of: the deadline on CLOCK_MONOTONIC. A buffer that somebody writes is busy. */
    written_after: (scene, [deadline], object) =>
      stillPending(fencesFor(object!, false), BigInt.asIntN(64, deadline!), scene.clock),
    /** of: the deadline on CLOCK_MONOTONIC. */
    used_after: (scene, [deadline], object) =>
      stillPending(fencesFor(object!, true), BigInt.asIntN(64, deadline!), scene.clock),
  },
  numbers: {
    /** The handle by which PRIME knows the object in this file, or 0. */
    prime_handle: scene => scene.client?.prime.get(scene.object('bo')!) ?? 0n,
  },
  effects: {
    /** of: handle. PRIME remembers the handle with the object; the first one stays. */
    remember_prime: (scene, [handle], [object]) => {
      if (scene.client && !scene.client.prime.has(object!)) scene.client.prime.set(object!, handle!);
    },
  },
};
