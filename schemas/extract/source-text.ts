import { isRequest } from './requests.ts';
import type { Place, Token } from './tokens.ts';
import { closing } from './tokens.ts';

/** Expanded tokens as a text for the parser, and the way back from its rows to the headers. */
export interface SourceText {
  readonly text: string;
  /** The place of each row of `text`. */
  readonly rows: readonly Place[];
  /** Request macros, by the name that stands for them in `text`. */
  readonly requests: ReadonlyMap<string, readonly Token[]>;
}

/** Spellings of GNU C that the grammar does not know, and the ones it does. */
const ALTERNATES: Readonly<Record<string, string>> = {
  __volatile__: 'volatile',
  __volatile: 'volatile',
  __const__: 'const',
  __const: 'const',
  __signed__: 'signed',
  __signed: 'signed',
  __inline__: 'inline',
  __inline: 'inline',
  __attribute: '__attribute__',
  __extension__: '',
};

/**
 * Writes tokens so that each row holds tokens of one line of one header. A request macro in an enum
 * (`X = _IOWR('d', 0x40, struct s)`) has a type where C's grammar wants an expression until its macro is expanded,
 * so a made-up name takes its place.
 */
export function renderSource(tokens: readonly Token[]): SourceText {
  const requests = new Map<string, readonly Token[]>();
  const rows: Place[] = [];
  const out: string[] = [];
  const put = (text: string, at: Token): void => {
    const row = rows.at(-1);
    if (row?.file === at.file && row.line === at.line) {
      out.push(' ', text);
      return;
    }
    if (row) out.push('\n');
    rows.push({ file: at.file, line: at.line });
    out.push(text);
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const end = token.kind === 'name' && token.text.startsWith('_IO') ? closing(tokens, i + 1) : -1;
    const call = tokens.slice(i, end + 1);
    if (end > 0 && tokens[i + 1]!.text === '(' && isRequest(call)) {
      const name = `__request_${requests.size}`;
      requests.set(name, call);
      put(name, token);
      i = end;
    } else {
      put(Object.hasOwn(ALTERNATES, token.text) ? ALTERNATES[token.text]! : token.text, token);
    }
  }
  return { text: out.join(''), rows, requests };
}
