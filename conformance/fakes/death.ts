#!/usr/bin/env node
/** Exits without a word in the middle of the results of its second program; `death.js hello` before HELLO. */
import { answerAll, sendFrame, serve } from './serve.ts';
import { FRAME, result } from './wire.ts';

if (process.argv[2] === 'hello') process.exit(3);
let seen = 0;
await serve(async program => {
  if (seen++ === 0) return answerAll(program, 0n, 0);
  const half = Math.floor(program.steps.length / 2);
  for (let step = 0; step < half; step++) {
    await sendFrame(FRAME.result, result({ program: program.program, step }));
  }
  process.exit(3);
});
