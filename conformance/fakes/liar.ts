#!/usr/bin/env node
/** One lie of the table below, chosen by name; apart from it every step succeeds. */
import { answerAll, send, sendFrame, serve, sleep } from './serve.ts';
import { end, error, FRAME, frame, hello, log, type Program, result } from './wire.ts';

/** The program with the flood: late enough for the kit to have found the device. */
const FLOODED = 12;

interface Lie {
  greet?: () => Promise<void>;
  answer?: (program: Program) => Promise<void>;
}

const greeting = (bytes: Uint8Array): Lie => ({ greet: () => send(bytes) });
const helloSaying = (over: Parameters<typeof hello>[0]) => greeting(frame(FRAME.hello, hello(over)));
const ok = (program: Program, step: number) => result({ program: program.program, step });

const LIES: Record<string, Lie> = {
  // HELLO
  'hello-crc': greeting(frame(FRAME.hello, hello(), { crc32: 0x12345678 })),
  'hello-magic': greeting(frame(FRAME.hello, hello(), { magic: 0x50584188 })),
  'frame-version': greeting(frame(FRAME.hello, hello(), { version: 2 })),
  'hello-version': helloSaying({ protocol: 2 }),
  'hello-abi': helloSaying({ abi: 99 }),
  'hello-page-size': helloSaying({ pageSize: 0 }),
  'hello-release-length': helloSaying({ releaseLength: 0xffffffff }),
  'hello-short': greeting(frame(FRAME.hello, hello().subarray(0, 20))),
  'hello-error': greeting(frame(FRAME.error, error(0xffffffff, 'no /dev/kmsg\n\x1b[2Jno fun'))),
  'hello-twice': { greet: () => send(Buffer.concat(Array(2).fill(frame(FRAME.hello, hello())))) },
  'absurd-length': greeting(frame(FRAME.hello, hello(), { length: 0xffffffff })),
  unasked: {
    greet: async () => {
      await sendFrame(FRAME.hello, hello());
      await sendFrame(FRAME.result, result({ program: 0, step: 0 }));
    },
  },
  // answers
  'result-crc': {
    answer: program => send(frame(FRAME.result, ok(program, 0), { crc32: 1 })),
  },
  'result-length': {
    answer: program => send(frame(FRAME.result, ok(program, 0), { length: 0xffffffff })),
  },
  'frame-type': { answer: program => sendFrame(77, ok(program, 0)) },
  'no-such-step': { answer: program => sendFrame(FRAME.result, ok(program, program.steps.length)) },
  'far-step': { answer: program => sendFrame(FRAME.result, ok(program, 0x7fffffff)) },
  'two-results': {
    answer: async program => {
      await sendFrame(FRAME.result, ok(program, 0));
      await answerAll(program, 0n, 0);
    },
  },
  'skipped-step': {
    answer: async program => {
      for (let step = 1; step < program.steps.length; step++) {
        await sendFrame(FRAME.result, ok(program, step));
      }
      await sendFrame(FRAME.end, end(program.program));
    },
  },
  'early-end': { answer: program => sendFrame(FRAME.end, end(program.program)) },
  'cut-end': { answer: program => sendFrame(FRAME.end, end(program.program, 1)) },
  'end-status': { answer: program => sendFrame(FRAME.end, end(program.program, 9)) },
  'result-status': {
    answer: program => sendFrame(FRAME.result, result({ program: program.program, step: 0, status: 9 })),
  },
  'other-program': { answer: program => answerAll({ ...program, program: program.program + 7 }, 0n, 0) },
  'diff-outside': {
    answer: async program => {
      const size = program.buffers[0]?.size ?? 0;
      for (const step of program.steps.keys()) {
        const diffs = [{ buffer: 0, offset: size - 1, bytes: new Uint8Array(16).fill(0xee) }];
        await sendFrame(FRAME.result, result({ program: program.program, step, diffs }));
      }
      await sendFrame(FRAME.end, end(program.program));
    },
  },
  'diff-no-buffer': {
    answer: async program => {
      for (const step of program.steps.keys()) {
        const diffs = [{ buffer: program.buffers.length, offset: 0, bytes: new Uint8Array(1) }];
        await sendFrame(FRAME.result, result({ program: program.program, step, diffs }));
      }
      await sendFrame(FRAME.end, end(program.program));
    },
  },
  'after-end': {
    answer: async program => {
      await answerAll(program, 0n, 0);
      await sendFrame(FRAME.result, ok(program, 0));
    },
  },
  refuses: { answer: program => sendFrame(FRAME.error, error(program.program, 'there is no memory')) },
  'refuses-late': {
    answer: async program => {
      await sendFrame(FRAME.result, ok(program, 0));
      await sendFrame(FRAME.error, error(program.program, 'there is no memory any more'));
    },
  },
  'log-unannounced': {
    answer: async program => {
      await sendFrame(FRAME.log, log(program.program, 0, 6, 'hello from a kernel without a log'));
      await answerAll(program, 0n, 0);
    },
  },
  // no lie: a kernel may say that much, once
  'log-flood': {
    ...helloSaying({ features: 1 }),
    answer: async program => {
      if (program.program === FLOODED) {
        const record = frame(FRAME.log, log(FLOODED, 0, 6, `debug ${'x'.repeat(90)}`));
        await send(Buffer.concat(Array(20_000).fill(record)));
      }
      await answerAll(program, 0n, 0);
    },
  },
  // never silent, never at its end
  'log-endless': {
    ...helloSaying({ features: 1 }),
    answer: async program => {
      const stop = Date.now() + 60_000;
      while (Date.now() < stop) {
        await sendFrame(FRAME.log, log(program.program, 0, 6, 'still here'));
        await sleep(10);
      }
      process.exit(0);
    },
  },
};

const lie = LIES[process.argv[2] ?? ''];
if (lie === undefined) {
  process.stderr.write(`usage: liar.js ${Object.keys(LIES).join('|')}\n`);
  process.exit(2);
}
await serve(lie.answer ?? (program => answerAll(program, 0n, 0)), lie.greet);
