#!/usr/bin/env node
/**
 * `hang.js hello` never says HELLO, `hang.js program` says it and never answers a program, and `hang.js stubborn`
 * is like that but takes no notice of SIGTERM and of the end of its input either.
 */
import { sendFrame, serve } from './serve.ts';
import { FRAME, hello } from './wire.ts';

const mode = process.argv[2];
// Nobody may be left behind for ever.
setTimeout(() => process.exit(0), mode === 'stubborn' ? 20_000 : 60_000);
if (mode === 'stubborn') {
  process.on('SIGTERM', () => {});
  await sendFrame(FRAME.hello, hello());
} else {
  await serve(
    () => new Promise(() => {}),
    async () => {
      if (mode === 'program') await sendFrame(FRAME.hello, hello());
    },
  );
}
