#!/usr/bin/env node
/** A login banner on standard output before a correct HELLO; then every step succeeds. */
import { answerAll, send, sendFrame, serve } from './serve.ts';
import { FRAME, hello } from './wire.ts';

await serve(
  program => answerAll(program, 0n, 0),
  async () => {
    await send('Welcome to the board! Last login: yesterday\r\n');
    await sendFrame(FRAME.hello, hello());
  },
);
