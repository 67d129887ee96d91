/** Where something stands: path of the header below the include root, and line from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Token extends Place {
  readonly kind: 'name' | 'number' | 'char' | 'string' | 'punct';
  readonly text: string;
  /** White space or a comment came before: it tells `#define F(x)` from `#define F (x)`. */
  readonly spaced: boolean;
  /** Macros that this token came out of and that must not expand it again (C11 6.10.3.4). */
  readonly hidden?: ReadonlySet<string>;
}

const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /\.?\d(?:[eEpP][+-]|[\w.])*/y;
const QUOTED = /L?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y;
const PUNCT = /\.\.\.|<<=|>>=|##|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s\w]/y;
const BLANK = /(?:[ \t\f\v\r]|\\\r?\n|\/\*[\s\S]*?\*\/|\/\/(?:\\\r?\n|[^\n])*)+/y;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/**
 * The tokens of a C text, one array for each logical line: comments and continued lines do not end a line, and a
 * token keeps the number of the physical line it stands on.
 */
export function tokenize(text: string, file: string): Token[][] {
  const lines: Token[][] = [];
  let current: Token[] = [];
  let line = 1;
  let spaced = false;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\n') {
      if (current.length > 0) lines.push(current);
      current = [];
      line++;
      at++;
      continue;
    }
    const blank = match(BLANK, text, at);
    if (blank !== undefined) {
      line += newlines(blank);
      at += blank.length;
      spaced = true;
      continue;
    }
    const quoted = match(QUOTED, text, at);
    const name = quoted === undefined ? match(NAME, text, at) : undefined;
    const number = (quoted ?? name) === undefined ? match(NUMBER, text, at) : undefined;
    const word = quoted ?? name ?? number ?? match(PUNCT, text, at) ?? text[at]!;
    const kind = quoted
      ? quoted.endsWith('"')
        ? 'string'
        : 'char'
      : name
        ? 'name'
        : number
          ? 'number'
          : 'punct';
    current.push({ kind, text: word, file, line, spaced });
    at += word.length;
    spaced = false;
  }
  if (current.length > 0) lines.push(current);
  return lines;
}

/** The tokens of a text that is a single line, such as an expression. */
export function tokenizeLine(text: string, file = ''): Token[] {
  return tokenize(text, file).flat();
}

/** Tokens as one line of text. */
export function spell(tokens: readonly Token[]): string {
  return tokens.map(token => token.text).join(' ');
}

/** Index of the closing parenthesis that belongs to the opening one at `open`; -1 when there is none. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const text = tokens[i]!.text;
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0) return i;
  }
  return -1;
}

/** Splits tokens at the commas that stand outside parentheses. No tokens give one empty part. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}
