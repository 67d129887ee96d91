#!/usr/bin/env node
/**
 * Exits without a word in the middle of the results of its second program, or of the one whose number (from 1) is
 * given, after answering ENOTTY so far; `death.js hello` exits before HELLO.
 */
import { answerAll, sendFrame, serve } from './serve.ts';
import { FRAME, result } from './wire.ts';

if (process.argv[2] === 'hello') process.exit(3);
const fatal = Number(process.argv[2] ?? 2);
let seen = 0;
await serve(async program => {
  seen += 1;
  if (seen < fatal) return answerAll(program, -1n, 25);
  const half = Math.floor(program.steps.length / 2);
  for (let step = 0; step < half; step++) {
    await sendFrame(FRAME.result, result({ program: program.program, step, ret: -1n, error: 25 }));
  }
  process.exit(3);
});
