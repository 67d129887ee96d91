/** A link over any pair of streams that lead to an executor. */

import type { Readable, Writable } from 'node:stream';
import {
  type Hello,
  type Link,
  type LogRecord,
  type Message,
  type Program,
  ProtocolError,
  protocol,
  protocolCodec,
  protocolConstant,
  type StepResult,
  type Trace,
  wrongLanes,
} from '../../schemas/index.ts';
import { wrongEnd, wrongHello, wrongLog, wrongResult } from './check.ts';
import { LinkError } from './link-error.ts';

/** Milliseconds to wait for HELLO: an ssh login or a booting machine, with a wide margin. */
export const HELLO_LIMIT = protocolConstant(protocol, 'PROTO_HELLO_LIMIT');
/**
 * Milliseconds that a program may take beyond the deadlines of its steps: the executor's own limits for setting up,
 * killing and exiting (22 s together), and a margin for an emulated machine that is busy.
 */
export const PROGRAM_MARGIN =
  protocolConstant(protocol, 'PROTO_SETUP_LIMIT') +
  protocolConstant(protocol, 'PROTO_REAP_LIMIT') +
  protocolConstant(protocol, 'PROTO_EXIT_LIMIT') +
  protocolConstant(protocol, 'PROTO_PROGRAM_MARGIN');
/** Milliseconds that the executor gets to take BYE and end; closing a device in it may take some. */
export const CLOSE_LIMIT = protocolConstant(protocol, 'PROTO_BYE_LIMIT');
/** Milliseconds that a timer of JavaScript can wait. */
const LONGEST = 0x7fffffff;

export interface StreamOptions {
  /** Names the other side in sentences; default `the executor`. */
  readonly peer?: string;
  /** Milliseconds to wait for HELLO. */
  readonly helloLimit?: number;
  /** Multiplies every limit of the link; default 1. */
  readonly patience?: number;
  /**
   * Called when the streams have ended or failed: what the user should know about it (an exit status, the last
   * words on standard error), as the rest of a sentence that begins with `; `, or an empty text.
   */
  readonly explain?: () => Promise<string>;
  /** Frees what lies behind the streams, after BYE and after every failure. Must not throw. */
  readonly release?: (failed: boolean) => Promise<void>;
}

interface Running {
  readonly number: number;
  readonly program: Program;
  readonly onEvent: ((event: StepResult | LogRecord) => void) | undefined;
  readonly results: StepResult[];
  readonly log: LogRecord[];
  readonly resolve: (trace: Trace) => void;
  readonly reject: (error: LinkError) => void;
}

const codec = protocolCodec(protocol);

/** What a program may have that not every executor can run. */
const NEEDS = [
  ['parallel', 'lanes', 'lanes'],
  ['netlink', 'netlink', 'netlink sockets'],
  ['copy', 'copy', 'the op copy'],
] as const;

class StreamLink implements Link {
  hello!: Hello;
  readonly #writable: Writable;
  readonly #readable: Readable;
  readonly #options: StreamOptions;
  readonly #peer: string;
  readonly #running: Running[] = [];
  readonly #greeted: { resolve: () => void; reject: (error: LinkError) => void };
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #failure: LinkError | undefined;
  #closing: Promise<void> | undefined;
  #released: Promise<void> | undefined;

  constructor(
    readable: Readable,
    writable: Writable,
    options: StreamOptions,
    greeted: { resolve: () => void; reject: (error: LinkError) => void },
  ) {
    this.#readable = readable;
    this.#writable = writable;
    this.#options = options;
    this.#peer = options.peer ?? 'the executor';
    this.#greeted = greeted;
    const limit = Math.min((options.helloLimit ?? HELLO_LIMIT) * (options.patience ?? 1), LONGEST);
    this.#arm(
      limit,
      `${this.#peer} sent no HELLO within ${limit / 1000} s; check that the command starts one`,
    );
    this.#listen();
  }

  #listen(): void {
    const reader = codec.reader(this.#peer);
    const guarded = (action: () => void) => {
      if (this.#failure) return;
      try {
        action();
      } catch (error) {
        this.#fail(error instanceof ProtocolError ? error.message : `the kit failed: ${String(error)}`);
      }
    };
    this.#readable.on('data', (chunk: Uint8Array) =>
      guarded(() => {
        for (const message of reader.push(chunk)) if (!this.#failure) this.#take(message);
      }),
    );
    // Close comes after end, and also when a stream is destroyed before it ended.
    let ended = false;
    const end = (what: string) => {
      if (ended) return;
      ended = true;
      guarded(() => reader.end());
      if (!this.#closing) this.#explained(what);
    };
    this.#readable.on('end', () => end(`${this.#peer} ended`));
    this.#readable.on('close', () => end(`${this.#peer} ended`));
    this.#readable.on('error', error => end(`reading from ${this.#peer} failed (${error.message})`));
    // A peer that is gone also shows as the end of its output, which tells more; this one waits for it.
    this.#writable.on('error', error =>
      setImmediate(() => end(`writing to ${this.#peer} failed (${error.message})`)),
    );
  }

  #explained(what: string): void {
    if (this.#failure) return;
    const explain = this.#options.explain ?? (async () => '');
    const when = this.#running.length > 0 ? ' before its program ended' : '';
    explain().then(
      why => this.#fail(`${what}${when}${why}`),
      () => this.#fail(`${what}${when}`),
    );
  }

  #take(message: Message): void {
    if (!this.hello) {
      if (message.type === 'error') throw new ProtocolError(`${this.#peer} refuses to work: ${message.text}`);
      if (message.type !== 'hello')
        throw new ProtocolError(
          `${this.#peer} sent ${message.type} before HELLO; it does not speak the protocol`,
        );
      this.#refuse(wrongHello(message.hello));
      this.hello = message.hello;
      this.#disarm();
      this.#greeted.resolve();
      return;
    }
    const running = this.#running[0];
    if (message.type === 'hello' || message.type === 'program' || message.type === 'bye' || !running)
      throw new ProtocolError(`${this.#peer} sent ${message.type} unasked; it does not speak the protocol`);
    if (message.number !== running.number)
      throw new ProtocolError(
        `${this.#peer} sent ${message.type} of program ${message.number} while program ${running.number} runs; ${message.type === 'error' ? message.text : 'it does not speak the protocol'}`,
      );
    switch (message.type) {
      case 'result': {
        const { result } = message;
        this.#refuse(wrongResult(running.program, running.results, result, this.hello.diffLimit));
        running.results.push(result);
        running.onEvent?.(result);
        break;
      }
      case 'log':
        this.#refuse(wrongLog(running.program, message.record, this.hello.log, running.log.length));
        running.log.push(message.record);
        running.onEvent?.(message.record);
        break;
      case 'end': {
        const { program, results, log } = running;
        this.#refuse(wrongEnd(program, results, message.end));
        this.#finish();
        running.resolve({ program, results, log, end: message.end });
        break;
      }
      case 'error':
        if (running.results.length > 0)
          this.#refuse(`refused a program of which it had run a part: ${message.text}`);
        this.#finish();
        running.reject(new LinkError(`${this.#peer} refused a program: ${message.text}`));
        break;
    }
  }

  /** Breaks the link when there is something wrong. */
  #refuse(wrong: string | undefined): void {
    if (wrong) throw new ProtocolError(`${this.#peer} ${wrong}`);
  }

  /** The first program in line is done; the clock of the next begins. */
  #finish(): void {
    this.#running.shift();
    this.#disarm();
    this.#clock();
  }

  #clock(): void {
    const running = this.#running[0];
    if (!running || this.#timer) return;
    const sum = running.program.steps.reduce((total, step) => total + step.deadline, 0);
    const limit = Math.min((sum + PROGRAM_MARGIN) * (this.#options.patience ?? 1), LONGEST);
    this.#arm(
      limit,
      `${this.#peer} said nothing of the end of a program within ${Math.ceil(limit / 1000)} s, more than all its deadlines; it hangs`,
    );
  }

  #arm(limit: number, sentence: string): void {
    this.#timer = setTimeout(() => this.#fail(sentence), limit);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #fail(sentence: string): void {
    if (this.#failure) return;
    this.#failure = new LinkError(sentence);
    this.#disarm();
    this.#greeted.reject(this.#failure);
    for (const { results, log, reject } of this.#running.splice(0))
      reject(new LinkError(sentence, results, log));
    this.#release(true);
  }

  #release(failed: boolean): Promise<void> {
    this.#released ??= (async () => {
      await (this.#options.release?.(failed) ?? Promise.resolve()).catch(() => {});
      this.#readable.destroy();
      this.#writable.destroy();
    })();
    return this.#released;
  }

  #wrongProgram(program: Program): string | undefined {
    const wrong = wrongLanes(program);
    if (wrong) return `a program cannot be run: ${wrong}`;
    const lacks = NEEDS.find(
      ([needs, feature]) => !this.hello[feature] && program.steps.some(({ op }) => op === needs),
    )?.[2];
    return lacks
      ? `a program needs ${lacks}, which ${this.#peer} does not have; take one whose HELLO tells of them`
      : undefined;
  }

  /** Several programs may be under way; the executor runs them one after the other. */
  run(
    program: Program,
    onEvent?: (event: StepResult | LogRecord) => void,
    { prompt = false }: { readonly prompt?: boolean } = {},
  ): Promise<Trace> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing) return Promise.reject(new LinkError(`the link to ${this.#peer} is closed`));
    const wrong = this.#wrongProgram(program);
    if (wrong) return Promise.reject(new LinkError(wrong));
    return new Promise((resolve, reject) => {
      const number = this.#next++;
      let frame: Uint8Array;
      try {
        frame = codec.encode({ type: 'program', number, program, ...(prompt && { prompt }) });
      } catch (error) {
        reject(new LinkError(error instanceof Error ? error.message : String(error)));
        return;
      }
      this.#running.push({ number, program, onEvent, results: [], log: [], resolve, reject });
      this.#writable.write(frame);
      this.#clock();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#failure) return this.#release(true);
    this.#disarm();
    for (const { results, log, reject } of this.#running.splice(0))
      reject(new LinkError(`the link to ${this.#peer} was closed while a program ran`, results, log));
    const ended = new Promise<void>(resolve => {
      const timer = setTimeout(resolve, Math.min(CLOSE_LIMIT * (this.#options.patience ?? 1), LONGEST));
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#readable.readableEnded || this.#readable.destroyed) done();
      this.#readable.once('end', done).once('close', done);
    });
    this.#writable.end(codec.encode({ type: 'bye' }));
    await ended;
    await this.#release(false);
  }
}

/** Waits for HELLO. Rejects with a LinkError when something else comes, or nothing in time. */
export async function connectStream(
  readable: Readable,
  writable: Writable,
  options: StreamOptions = {},
): Promise<Link> {
  let link: StreamLink | undefined;
  await new Promise<void>((resolve, reject) => {
    link = new StreamLink(readable, writable, options, { resolve, reject });
  });
  return link!;
}
