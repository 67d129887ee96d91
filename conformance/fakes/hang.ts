#!/usr/bin/env node
/** `hang.js hello` never says HELLO; `hang.js program` says it and never answers a program. */
import { sendFrame, serve } from './serve.ts';
import { FRAME, hello } from './wire.ts';

// An orphan must not stay for ever.
setTimeout(() => process.exit(0), 60_000);
const mode = process.argv[2];
await serve(
  () => new Promise(() => {}),
  async () => {
    if (mode === 'program') await sendFrame(FRAME.hello, hello());
  },
);
