#!/usr/bin/env node
/** Random bytes instead of HELLO, the same at every run (a linear congruential generator). */
import { send, serve } from './serve.ts';

await serve(
  async () => {},
  async () => {
    let state = 12345;
    const bytes = new Uint8Array(4096).map(() => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 16;
    });
    await send(bytes);
  },
);
