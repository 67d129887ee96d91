/** What the recorder wrote: a line of JSON for each event. The last line of one that was killed may be half. */
import { UsageError } from '../run/usage-error.ts';

export interface Piece {
  readonly layout: number;
  readonly stride: number;
  readonly at: string;
  readonly in: string;
  /** Absent where the call left it as it was. */
  readonly out?: string;
}

interface Common {
  readonly pid: number;
  readonly tid: number;
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly time: string;
}

export type RecordedEvent = Common &
  (
    | { readonly e: 'start'; readonly abi: string; readonly page: number }
    | {
        readonly e: 'open';
        readonly path: string;
        readonly flags: number;
        readonly ret: number;
        readonly file: number;
      }
    | {
        readonly e: 'ioctl';
        readonly file: number;
        readonly request: string;
        readonly arg: string;
        readonly ret: number;
        readonly fds: readonly { readonly at: string; readonly file: number; readonly made: boolean }[];
        readonly mem: readonly Piece[];
        /** When the call began; `time` is when it ended. */
        readonly began: string;
      }
    | {
        readonly e: 'mmap';
        readonly file: number;
        readonly map: number;
        readonly length: number;
        readonly prot: number;
        readonly flags: number;
        readonly offset: string;
        readonly ret: number;
      }
    | { readonly e: 'munmap'; readonly map: number }
    | { readonly e: 'memory'; readonly map: number; readonly at: number; readonly bytes: string }
    | {
        readonly e: 'poll';
        readonly file: number;
        readonly events: number;
        readonly timeout: number;
        readonly ret: number;
      }
    | {
        readonly e: 'read';
        readonly file: number;
        readonly length: number;
        readonly ret: number;
        readonly bytes?: string;
      }
    | { readonly e: 'close'; readonly file: number }
    | { readonly e: 'unrecorded'; readonly call: string }
    | { readonly e: 'end'; readonly status: number }
  );

export interface Recording {
  readonly events: readonly RecordedEvent[];
  /** The recorder told the end of the command. */
  readonly whole: boolean;
}

export function readEvents(path: string, text: string): Recording {
  const lines = text.split('\n');
  // What follows the last line break is a line that was not finished.
  lines.pop();
  const events = lines.map((line, at): RecordedEvent => {
    try {
      const event = JSON.parse(line);
      if (typeof event?.e === 'string') return event;
    } catch {}
    throw new UsageError(
      `${path}: line ${at + 1} is no event of a recording; name the .events file that accel-uapi record left`,
    );
  });
  if (events[0]?.e !== 'start')
    throw new UsageError(`${path} is no recording: it does not begin with a start; record again`);
  return { events, whole: events.at(-1)?.e === 'end' };
}
