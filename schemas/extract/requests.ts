import type { CType, IoctlFact } from '../layout/types.ts';
import type { Scope } from './expression.ts';
import { evaluate, NotConstant } from './expression.ts';
import type { Token } from './tokens.ts';
import { closing, spell, splitAtCommas } from './tokens.ts';

const DIRECTIONS: Readonly<Record<string, IoctlFact['direction']>> = {
  _IO: 'none',
  _IOR: 'read',
  _IOW: 'write',
  _IOWR: 'readwrite',
};

const QUALIFIERS = new Set(['const', 'volatile', '__volatile__', '__volatile', '__user']);

/** What a request macro says, without its name. */
export type Request = Pick<IoctlFact, 'direction' | 'letter' | 'number' | 'argument'>;

/** Strips parentheses around the whole. */
function bare(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens;
  while (inner[0]?.text === '(' && closing(inner, 0) === inner.length - 1) inner = inner.slice(1, -1);
  return inner;
}

/** Whether expanded tokens are one call of a request macro of <asm-generic/ioctl.h>. */
export function isRequest(tokens: readonly Token[]): boolean {
  const inner = bare(tokens);
  return (
    inner[0] !== undefined &&
    (inner[0].text === '_IOC' || Object.hasOwn(DIRECTIONS, inner[0].text)) &&
    inner[1]?.text === '(' &&
    closing(inner, 1) === inner.length - 1
  );
}

/** The C type that an argument of a request macro names: a struct, union, scalar, pointer or array. */
export function parseType(tokens: readonly Token[], scope: Scope): CType {
  const words = tokens.filter(token => !QUALIFIERS.has(token.text));
  const last = words.at(-1)?.text;
  if (last === '*') return { pointer: spell(tokens.slice(0, -1)) };
  if (last === ']') {
    const open = words.findIndex(token => token.text === '[');
    const close = words.findIndex((token, i) => i > open && token.text === ']');
    const length = Number(evaluate(words.slice(open + 1, close), scope).value);
    return { array: parseType([...words.slice(0, open), ...words.slice(close + 1)], scope), length };
  }
  if (words.length === 0 || !words.every(token => token.kind === 'name')) {
    throw new NotConstant(`the argument ${spell(tokens)} is not a type`);
  }
  const tagged = words[0]!.text === 'struct' || words[0]!.text === 'union';
  return tagged ? { named: words[1]!.text } : { scalar: spell(words) };
}

/**
 * Reads `_IO(letter, number)` and `_IOR`, `_IOW`, `_IOWR(letter, number, type)`. Throws {@link NotConstant} when
 * letter or number cannot be known or the argument is no type.
 */
export function parseRequest(tokens: readonly Token[], scope: Scope): Request {
  const inner = bare(tokens);
  const direction = DIRECTIONS[inner[0]!.text];
  if (!direction) throw new NotConstant('_IOC with a size of its own names no argument type');
  const [letter, number, argument] = splitAtCommas(inner.slice(2, -1));
  if (!letter || !number) throw new NotConstant(`${spell(inner)} lacks an argument`);
  if ((direction === 'none') !== (argument === undefined)) {
    throw new NotConstant(`${spell(inner)} has the wrong number of arguments`);
  }
  const request: Request = {
    direction,
    letter: Number(evaluate(letter, scope).value),
    number: Number(evaluate(number, scope).value),
    argument: argument ? parseType(argument, scope) : null,
  };
  for (const part of ['letter', 'number'] as const) {
    if (request[part] < 0 || request[part] > 255)
      throw new NotConstant(`the ${part} ${request[part]} is no byte`);
  }
  return request;
}
