/** A target that answers as a tape says, and only what the tape was asked. */
import type { Hello, Link } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import type { Target } from '../run/target.ts';
import { type Ability, readHello, readResult, type TapeEntry, tapedProgram } from './tape.ts';

type Did<K extends TapeEntry['did']> = Extract<TapeEntry, { did: K }>;

/** What the tape cannot answer. */
export class OffTape extends Error {
  override name = 'OffTape';
}

export class Replay {
  private readonly tape: readonly TapeEntry[];
  private at = 0;
  private can: ReadonlySet<Ability> = new Set();
  /** The first thing that the tape has otherwise; a run goes on after a failed link, and this tells that it did. */
  trouble: string | undefined;

  constructor(tape: readonly TapeEntry[]) {
    this.tape = tape;
  }

  private refuse(what: string): never {
    this.trouble ??= what;
    throw new OffTape(what);
  }

  private next<K extends TapeEntry['did']>(did: K): Did<K> {
    const entry = this.tape[this.at];
    if (entry?.did !== did)
      this.refuse(
        `entry ${this.at + 1} of the recording is ${entry ? `a ${entry.did}` : 'not there'}, and the judge expects a ${did}`,
      );
    this.at += 1;
    return entry as Did<K>;
  }

  /** What of the tape nothing asked for. */
  get left(): number {
    return this.tape.length - this.at;
  }

  link(): Link {
    const entry = this.next('hello');
    this.can = new Set(entry.can);
    const hello: Hello = readHello(entry.hello);
    const link: Link = {
      hello,
      run: async (program, onEvent, how) => {
        const number = this.at + 1;
        const entry = this.next('run');
        const other = firstDifference(entry.program, tapedProgram(program));
        if (other !== undefined || entry.prompt !== (how?.prompt === true))
          this.refuse(
            `entry ${number} of the recording is not the program that the kit sends (${other ?? 'prompt'})`,
          );
        const results = entry.results.map(readResult);
        for (const record of entry.log) if (record.step < 0) onEvent?.(record);
        for (const result of results) {
          onEvent?.(result);
          for (const record of entry.log) if (record.step === result.step) onEvent?.(record);
        }
        if (entry.lost !== undefined) throw new LinkError(entry.lost, results, entry.log);
        if (!entry.end) this.refuse(`entry ${number} of the recording has no end`);
        return { program, results, log: entry.log, end: { ...entry.end, taint: BigInt(entry.end.taint) } };
      },
      close: async () => {},
    };
    if (this.can.has('device'))
      link.device = async mood => {
        const taped = this.next('device').mood;
        if (taped !== mood)
          this.refuse(`the recording has the device ${taped} where the kit makes it ${mood}`);
      };
    if (this.can.has('readAgain')) link.readAgain = () => this.next('readAgain').steps;
    return link;
  }

  target(about: Pick<Target, 'name' | 'kind' | 'met' | 'nodePath' | 'driver' | 'description'>): Target {
    let link = this.link();
    return {
      ...about,
      get link() {
        return link;
      },
      ...(this.can.has('postmortem') ? { postmortem: async () => this.next('postmortem').text } : {}),
      ...(this.can.has('reopen')
        ? {
            reopen: async () => {
              this.next('reopen');
              link = this.link();
            },
          }
        : {}),
      close: async () => {},
    };
  }
}

/** Where two pieces of data part, as a path; undefined when they are the same. */
export function firstDifference(a: unknown, b: unknown, at = ''): string | undefined {
  if (a === b) return undefined;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return at || 'the whole';
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = firstDifference(one[key], other[key], at ? `${at}.${key}` : key);
    if (found !== undefined) return found;
  }
  return undefined;
}
