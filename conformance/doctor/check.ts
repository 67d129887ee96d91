/** What the doctor finds: one line each. */
import type { Doctor } from '../../schemas/index.ts';

export type Check = Doctor['checks'][number];

/** It is there. */
export const there = (id: string, what: string, found: string): Check => ({ id, what, state: 'ok', found });

/** It is not there; `advice` brings it in. */
export const missing = (id: string, what: string, found: string, advice: string): Check => ({
  id,
  what,
  state: 'missing',
  found,
  advice,
});

/** What is worth to know and keeps nothing from working. */
export const note = (id: string, what: string, found: string, advice?: string): Check => ({
  id,
  what,
  state: 'note',
  found,
  ...(advice === undefined ? {} : { advice }),
});
