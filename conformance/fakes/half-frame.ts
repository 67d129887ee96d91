#!/usr/bin/env node
/**
 * Writes half of a RESULT, then `half-frame.js close` closes its output but lives on (a minute at most),
 * `half-frame.js silent` keeps it open and says no more, and `half-frame.js exit` exits.
 */
import { closeSync } from 'node:fs';
import { send, serve, sleep } from './serve.ts';
import { FRAME, frame, result } from './wire.ts';

await serve(async program => {
  const whole = frame(FRAME.result, result({ program: program.program, step: 0 }));
  await send(whole.subarray(0, whole.length / 2));
  if (process.argv[2] === 'exit') process.exit(0);
  if (process.argv[2] === 'close') closeSync(1);
  await sleep(60_000);
  process.exit(0);
});
