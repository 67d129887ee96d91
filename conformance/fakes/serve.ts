/** Standard input and output of a fake, and the loop that every fake shares. */
import {
  crc32,
  end,
  error,
  FRAME,
  frame,
  hello,
  MAGIC,
  MAX_PAYLOAD,
  NO_PROGRAM,
  type Program,
  parseProgram,
  result,
  VERSION,
} from './wire.ts';

/** Writes bytes to standard output; resolves once the pipe took them. */
export function send(bytes: Uint8Array | string): Promise<void> {
  return new Promise(resolve => process.stdout.write(bytes, () => resolve()));
}

export const sendFrame = (type: number, payload: Uint8Array) => send(frame(type, payload));

export const sleep = (milliseconds: number) =>
  new Promise<void>(resolve => setTimeout(resolve, milliseconds));

/** Whole frames from standard input until it ends; a frame that is none ends the fake, as the page demands. */
async function* frames(): AsyncGenerator<{ type: number; payload: Uint8Array }> {
  let pending = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 16) {
      const length = pending.readUInt32LE(8);
      if (pending.readUInt32LE(0) !== MAGIC || pending.readUInt16LE(4) !== VERSION || length > MAX_PAYLOAD) {
        await refuse('this is no frame of the protocol');
      }
      if (pending.length < 16 + length) break;
      const payload = new Uint8Array(pending.subarray(16, 16 + length));
      if (crc32(payload) !== pending.readUInt32LE(12)) await refuse('the checksum of a frame is wrong');
      yield { type: pending.readUInt16LE(6), payload };
      pending = pending.subarray(16 + length);
    }
  }
}

async function refuse(sentence: string): Promise<never> {
  await sendFrame(FRAME.error, error(NO_PROGRAM, sentence));
  process.stderr.write(`fake executor: ${sentence}\n`);
  process.exit(1);
}

/** Says HELLO, hands every program to `answer`, and exits with 0 on BYE or at the end of the input. */
export async function serve(
  answer: (program: Program) => Promise<void>,
  greet: () => Promise<void> = () => sendFrame(FRAME.hello, hello()),
): Promise<never> {
  // The kit may go away at any time; that is no reason to show a stack trace.
  process.stdout.on('error', () => process.exit(0));
  await greet();
  for await (const { type, payload } of frames()) {
    if (type === FRAME.bye) break;
    if (type === FRAME.program) await answer(parseProgram(payload));
    else await sendFrame(FRAME.error, error(NO_PROGRAM, `type ${type} is not for an executor`));
  }
  process.exit(0);
}

/** Answers every step with the same return value and errno and no difference, then END. */
export async function answerAll(program: Program, ret: bigint, errno: number): Promise<void> {
  for (const step of program.steps.keys()) {
    await sendFrame(FRAME.result, result({ program: program.program, step, ret, error: errno }));
  }
  await sendFrame(FRAME.end, end(program.program));
}
