#!/usr/bin/env node
/** Every step of whatever op fails with ENOTTY. */
import { answerAll, serve } from './serve.ts';

await serve(program => answerAll(program, -1n, 25));
