#!/usr/bin/env node
/**
 * Every step of whatever op fails with ENOTTY. With `enotty.js ioctl` only ioctls do; what opens a file
 * returns a new descriptor, everything else 0.
 */
import { answerAll, sendFrame, serve } from './serve.ts';
import { end, FRAME, OP, type Program, result } from './wire.ts';

async function onlyIoctls({ program, steps }: Program): Promise<void> {
  let descriptor = 3n;
  for (const [step, { op }] of steps.entries()) {
    const outcome =
      op === OP.ioctl
        ? { ret: -1n, error: 25 }
        : { ret: op === OP.open || op === OP.dup ? descriptor++ : 0n };
    await sendFrame(FRAME.result, result({ program, step, ...outcome }));
  }
  await sendFrame(FRAME.end, end(program));
}

await serve(program => (process.argv[2] === 'ioctl' ? onlyIoctls(program) : answerAll(program, -1n, 25)));
