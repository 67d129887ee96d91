import type { Place, Token } from './tokens.ts';
import { closing, spell, splitAtCommas, tokenizeLine } from './tokens.ts';

export interface Macro extends Place {
  readonly name: string;
  /** Parameter names; undefined for a macro without a parameter list. */
  readonly params?: readonly string[];
  /** The parameter that takes all further arguments. */
  readonly rest?: string;
  readonly body: readonly Token[];
}

export type Macros = Map<string, Macro>;

/** Parses what follows `#define`. Undefined when it is not a definition. */
export function parseDefine(tokens: readonly Token[]): Macro | undefined {
  const [name, next] = tokens;
  if (name?.kind !== 'name') return undefined;
  const place = { name: name.text, file: name.file, line: name.line };
  if (next?.text !== '(' || next.spaced) return { ...place, body: tokens.slice(1) };
  const end = closing(tokens, 1);
  if (end < 0) return undefined;
  const params: string[] = [];
  let rest: string | undefined;
  for (const part of splitAtCommas(tokens.slice(2, end))) {
    if (part.at(-1)?.text === '...') rest = part.length > 1 ? part[0]!.text : '__VA_ARGS__';
    else if (part[0]) params.push(part[0].text);
  }
  if (rest !== undefined) params.push(rest);
  return { ...place, params, ...(rest === undefined ? {} : { rest }), body: tokens.slice(end + 1) };
}

function withHidden(token: Token, hidden: ReadonlySet<string>): Token {
  if (hidden.size === 0) return token;
  return { ...token, hidden: token.hidden ? new Set([...token.hidden, ...hidden]) : hidden };
}

function argumentsOf(macro: Macro, inside: readonly Token[]): Map<string, readonly Token[]> {
  const params = macro.params ?? [];
  const parts: (readonly Token[])[] = splitAtCommas(inside);
  const byName = new Map<string, readonly Token[]>();
  for (const [i, param] of params.entries()) {
    const part = parts[i] ?? [];
    // The commas between the further arguments belong to the last parameter; find them again in the whole.
    const isRest = param === macro.rest && part[0] !== undefined;
    byName.set(param, isRest ? inside.slice(inside.indexOf(part[0]!)) : part);
  }
  return byName;
}

function paste(left: Token | undefined, right: Token | undefined): Token[] {
  if (!left || !right) return [left ?? right].filter(token => token !== undefined);
  const joined = tokenizeLine(left.text + right.text, left.file);
  return joined.map((token, i) => ({ ...token, line: left.line, spaced: i === 0 && left.spaced }));
}

/** Replaces the parameters in a macro's body (C11 6.10.3.1 to 6.10.3.3). */
function substitute(
  macro: Macro,
  args: ReadonlyMap<string, readonly Token[]>,
  at: Place,
  expandArg: (tokens: readonly Token[]) => Token[],
): Token[] {
  const out: Token[] = [];
  const { body } = macro;
  for (let i = 0; i < body.length; i++) {
    const token = { ...body[i]!, file: at.file, line: at.line };
    const arg = args.get(token.text);
    if (token.text === '#' && macro.params) {
      const quoted = args.get(body[++i]?.text ?? '') ?? [];
      out.push({ ...token, kind: 'string', text: JSON.stringify(spell(quoted)) });
    } else if (token.text === '##') {
      const next = body[++i];
      const nextArg = next && args.get(next.text);
      const right = nextArg ?? (next ? [next] : []);
      out.push(...paste(out.pop(), right[0]), ...right.slice(1));
    } else if (arg && body[i + 1]?.text === '##') {
      // An empty argument before ## leaves nothing to paste to but what came earlier, which must stay apart.
      if (arg.length > 0) out.push(...arg);
      else i = skipPaste(body, i, args, out);
    } else if (arg) {
      out.push(...expandArg(arg));
    } else {
      out.push(token);
    }
  }
  return out;
}

function skipPaste(
  body: readonly Token[],
  i: number,
  args: ReadonlyMap<string, readonly Token[]>,
  out: Token[],
): number {
  const next = body[i + 2];
  if (next) out.push(...(args.get(next.text) ?? [next]));
  return i + 2;
}

/**
 * Expands all macros in `tokens`. What comes from a macro's body stands at the place of the call, what comes from
 * an argument keeps its own place. The name of every macro that was expanded is added to `used`.
 */
export function expand(
  tokens: readonly Token[],
  macros: ReadonlyMap<string, Macro>,
  used?: Set<string>,
): Token[] {
  const out: Token[] = [];
  const work = tokens.slice().reverse();
  while (work.length > 0) {
    const token = work.pop()!;
    const macro =
      token.kind === 'name' && !token.hidden?.has(token.text) ? macros.get(token.text) : undefined;
    if (!macro || (macro.params && work.at(-1)?.text !== '(')) {
      out.push(token);
      continue;
    }
    let args = new Map<string, readonly Token[]>();
    let hidden = new Set(token.hidden).add(macro.name);
    if (macro.params) {
      const rest = work.slice().reverse();
      const end = closing(rest, 0);
      if (end < 0) {
        out.push(token);
        continue;
      }
      args = argumentsOf(macro, rest.slice(1, end));
      const common = [...(token.hidden ?? [])].filter(name => rest[end]!.hidden?.has(name));
      hidden = new Set(common).add(macro.name);
      work.length -= end + 1;
    }
    used?.add(macro.name);
    const replaced = substitute(macro, args, token, arg => expand(arg, macros, used));
    for (let i = replaced.length - 1; i >= 0; i--) work.push(withHidden(replaced[i]!, hidden));
  }
  return out;
}
