/**
 * One ioctl in the output of strace, in any of its forms: with or without pid, time, instruction pointer and path of
 * the descriptor; the request as a name, as several names, as `_IOC(...)`, as a number, or as a number with a comment.
 */

export interface StraceCall {
  readonly pid?: number;
  readonly fd: number;
  /** What -y prints for the descriptor: its path. */
  readonly path?: string;
  /** What stands for the request, without comments. */
  readonly request: string;
  /** Names that strace gives the request: several when drivers share the number. */
  readonly names: readonly string[];
  /** The third argument as it is printed. */
  readonly argument: string;
  /** The call has not returned, or its return is not in the text. */
  readonly finished: boolean;
  /** The return value; null for `?`. */
  readonly result?: string | null;
  /** The name of the errno. */
  readonly errno?: string;
  readonly injected: boolean;
}

/** Index after the closing bracket that belongs to the opening one at `at`. */
function afterBracket(text: string, at: number, open: string, close: string): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === open) depth++;
    else if (text[i] === close && --depth === 0) return i + 1;
  }
  return text.length;
}

/** Index of the first comma or closing bracket outside all brackets, strings and comments. */
function endOfArgument(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const at = text[i]!;
    if (at === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2);
      i = end < 0 ? text.length : end + 1;
    } else if ('([{'.includes(at)) depth++;
    else if (')]}'.includes(at)) {
      if (depth === 0) return i;
      depth--;
    } else if (at === ',' && depth === 0) return i;
  }
  return text.length;
}

/** With -xx strings and paths are written in hexadecimal escapes. */
function unescaped(text: string): string {
  return text
    .replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\([0-7]{1,3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const COMMENT = /\/\*(.*?)\*\//g;
const UNFINISHED = /\s*<unfinished \.\.\.>\s*$/;
const RESUMED = /<\.\.\. ioctl resumed>/;

function namesIn(text: string): string[] {
  return text
    .split(/ or /)
    .map(name => name.trim())
    .filter(name => /^[A-Za-z_]\w*$/.test(name) && name !== '_IOC');
}

function resultOf(text: string): Pick<StraceCall, 'finished' | 'result' | 'errno' | 'injected'> {
  const match =
    /^\)?\s*=\s*(0x[0-9a-f]+|-?\d+|\?)(?:<[^>]*>)?(?:\s+(E[A-Z0-9]+))?(?:\s*\(errno (\d+)\))?/.exec(text);
  if (!match) return { finished: false, injected: false };
  const errno = match[2] ?? (match[3] === undefined ? undefined : `errno ${match[3]}`);
  return {
    finished: true,
    result: match[1] === '?' ? null : match[1]!,
    ...(errno === undefined ? {} : { errno }),
    injected: text.includes('(INJECTED)'),
  };
}

/** The process that a line is about: `[pid 12]` on a terminal, the number in front in a file. */
function pidOf(line: string): number | undefined {
  const match = /\[pid\s+(\d+)/.exec(line) ?? /^\s*(\d+)(?:<[^>]*>)?\s+/.exec(line);
  return match ? Number(match[1]) : undefined;
}

/** Whether a text has the form of an ioctl, whole or a part of it. */
export function isStraceLine(text: string): boolean {
  return /(^|[\s\]])ioctl\(/.test(text) || RESUMED.test(text);
}

/** Undefined when it is none, or the end of a call whose beginning is not in the text. */
export function parseStraceLine(line: string): StraceCall | undefined {
  const start = /(^|[\s\]])ioctl\(/.exec(line);
  if (!start) return undefined;
  const unfinished = UNFINISHED.test(line);
  const text = line.replace(UNFINISHED, '').slice(start.index + start[0].length);
  const descriptor = /^\s*(0x[0-9a-f]+|-?\d+)/i.exec(text);
  if (!descriptor) return undefined;
  let at = descriptor[0].length;
  let path: string | undefined;
  if (text[at] === '<') {
    const end = afterBracket(text, at, '<', '>');
    // With -yy a device's numbers follow the path.
    path = unescaped(text.slice(at + 1, end - 1)).replace(/<(char|block) \d+:\d+>$/, '');
    at = end;
  }
  at = endOfArgument(text, at);
  if (text[at] !== ',') return undefined;
  const requestEnd = endOfArgument(text, at + 1);
  const whole = text.slice(at + 1, requestEnd);
  const request = whole.replaceAll(COMMENT, '').trim();
  const comments = [...whole.matchAll(COMMENT)].map(match => match[1]!);
  let argument = '';
  let end = requestEnd;
  while (text[end] === ',') {
    const next = endOfArgument(text, end + 1);
    argument += (argument === '' ? '' : ', ') + text.slice(end + 1, next).trim();
    end = next;
  }
  const pid = pidOf(line.slice(0, start.index + 1));
  return {
    ...(pid === undefined ? {} : { pid }),
    fd: Number(descriptor[1]),
    ...(path === undefined ? {} : { path }),
    request,
    names: [request, ...comments].flatMap(namesIn),
    argument,
    ...(unfinished ? { finished: false, injected: false } : resultOf(text.slice(end))),
  };
}

/** Puts the halves of interrupted calls together: `<unfinished ...>` and `<... ioctl resumed>` of one process. */
export class StraceJoiner {
  private readonly open = new Map<number | undefined, string>();

  /** The line to read now: the given one, a joined one, or undefined when the rest is still to come. */
  next(line: string): string | undefined {
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const pid = pidOf(line);
      const first = this.open.get(pid);
      if (first === undefined) return line;
      this.open.delete(pid);
      return first + line.slice(resumed.index + resumed[0].length).replace(/^\s+(?=[,)])/, '');
    }
    if (UNFINISHED.test(line) && isStraceLine(line)) {
      this.open.set(pidOf(line), line.replace(UNFINISHED, ''));
      return undefined;
    }
    return line;
  }

  /** The calls that never returned. */
  rest(): string[] {
    return [...this.open.values()].map(line => `${line} <unfinished ...>`);
  }
}
