/** Places of a value inside data, for mutations that keep the text well formed. */
import type { Random } from '../plan/random.ts';

export type Container = Record<string | number, unknown>;

/** A value with what holds it. */
export interface Spot {
  readonly holder: Container;
  readonly key: string | number;
}

export const copyOf = (data: unknown): unknown => structuredClone(data);

const isContainer = (value: unknown): value is Container => value !== null && typeof value === 'object';

/** Every place below the data, in order. */
export function spots(data: unknown): Spot[] {
  const found: Spot[] = [];
  const look = (holder: unknown) => {
    if (!isContainer(holder)) return;
    for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
      found.push({ holder, key });
      look(holder[key]);
    }
  };
  look({ root: data });
  return found;
}

export function pickSpot(data: unknown, random: Random, suits: (spot: Spot) => boolean = () => true): Spot {
  const all = spots(data);
  const suitable = all.filter(suits);
  return random.pick(suitable.length > 0 ? suitable : all);
}

/** Takes the value out of what holds it. */
export function remove({ holder, key }: Spot): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** Changes a copy of the data, which may become another value altogether. */
export function changed(data: unknown, change: (copy: unknown) => void): unknown {
  const root = { root: copyOf(data) };
  change(root);
  return root.root;
}
