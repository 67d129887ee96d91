import type { Scalar } from '../layout/scalars.ts';
import type { Token } from './tokens.ts';
import { closing, spell } from './tokens.ts';

/** A value with its C integer type. */
export interface CInteger {
  readonly value: bigint;
  readonly bits: number;
  readonly signed: boolean;
}

/** What an expression may refer to. */
export interface Scope {
  /** Bits of `long`. */
  readonly long: 32 | 64;
  /** The value of an enum constant; undefined when there is none of that name. */
  constant(name: string): CInteger | undefined;
  /** The scalar type these words name, for casts; undefined when they name none. */
  scalar(spelling: string): Scalar | undefined;
}

/** Why something is no integer constant expression. The message is a reason that facts can hold. */
export class NotConstant extends Error {}

export function integer(value: bigint, bits: number, signed: boolean): CInteger {
  return { value: signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value), bits, signed };
}

/** The type gcc gives an enum constant: int when it fits, else the next that holds it. */
export function enumInteger(value: bigint): CInteger {
  if (BigInt.asIntN(32, value) === value) return integer(value, 32, true);
  if (BigInt.asUintN(32, value) === value) return integer(value, 32, false);
  return integer(value, 64, BigInt.asIntN(64, value) === value);
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };

function character(text: string): CInteger {
  const inner = text.slice(1, -1);
  if (text.startsWith('L')) throw new NotConstant(`${text} is a wide character`);
  let code = inner.charCodeAt(0);
  if (inner[0] === '\\') {
    const sequence = inner.slice(1);
    if (/^x[0-9a-fA-F]+$/.test(sequence)) code = Number.parseInt(sequence.slice(1), 16);
    else if (/^[0-7]+$/.test(sequence)) code = Number.parseInt(sequence, 8);
    else code = ESCAPES[sequence] ?? sequence.charCodeAt(0);
  } else if (inner.length !== 1) {
    throw new NotConstant(`${text} holds several characters`);
  }
  return integer(BigInt.asIntN(8, BigInt(code)), 32, true);
}

/** The type of an integer literal: the first of its list that holds the value (C11 6.4.4.1). */
function literal(text: string, scope: Scope): CInteger {
  const parts = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlL]*)$/.exec(text);
  if (!parts) throw new NotConstant(`${text} is not an integer`);
  const digits = parts[1]!;
  const suffix = parts[2]!.toLowerCase();
  const octal = /^0[0-7]+$/.test(digits);
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const longs = suffix.replace('u', '').length;
  const widths = [32, scope.long, 64].slice(longs);
  const decimal = !octal && !digits.startsWith('0');
  for (const bits of widths) {
    if (!suffix.includes('u') && value < 1n << BigInt(bits - 1)) return integer(value, bits, true);
    if ((suffix.includes('u') || !decimal) && value < 1n << BigInt(bits)) return integer(value, bits, false);
  }
  if (value < 1n << 64n) return integer(value, 64, false);
  throw new NotConstant(`${text} does not fit in 64 bits`);
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

function promote(x: CInteger): CInteger {
  return x.bits < 32 ? integer(x.value, 32, true) : x;
}

function truth(value: boolean): CInteger {
  return integer(value ? 1n : 0n, 32, true);
}

function shift(op: string, left: CInteger, right: CInteger): CInteger {
  if (right.value < 0n || right.value >= BigInt(left.bits)) throw new NotConstant('a shift out of range');
  const moved = op === '<<' ? left.value << right.value : left.value >> right.value;
  return integer(moved, left.bits, left.signed);
}

function binary(op: string, leftRaw: CInteger, rightRaw: CInteger): CInteger {
  const [left, right] = [promote(leftRaw), promote(rightRaw)];
  if (op === '<<' || op === '>>') return shift(op, left, right);
  if (op === '&&') return truth(left.value !== 0n && right.value !== 0n);
  if (op === '||') return truth(left.value !== 0n || right.value !== 0n);
  const bits = Math.max(left.bits, right.bits);
  // The wider type wins; of two equally wide ones the unsigned (C11 6.3.1.8).
  const signed =
    left.bits === right.bits ? left.signed && right.signed : (left.bits > right.bits ? left : right).signed;
  const a = integer(left.value, bits, signed).value;
  const b = integer(right.value, bits, signed).value;
  if ((op === '/' || op === '%') && b === 0n) throw new NotConstant('a division by zero');
  switch (op) {
    case '|':
      return integer(a | b, bits, signed);
    case '^':
      return integer(a ^ b, bits, signed);
    case '&':
      return integer(a & b, bits, signed);
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '+':
      return integer(a + b, bits, signed);
    case '-':
      return integer(a - b, bits, signed);
    case '*':
      return integer(a * b, bits, signed);
    case '/':
      return integer(a / b, bits, signed);
    default:
      return integer(a % b, bits, signed);
  }
}

/** A recursive-descent reading of one constant expression; every operand is evaluated as it is met. */
class Reader {
  private at = 0;
  private readonly tokens: readonly Token[];
  private readonly scope: Scope;

  constructor(tokens: readonly Token[], scope: Scope) {
    this.tokens = tokens;
    this.scope = scope;
  }

  whole(): CInteger {
    if (this.tokens.length === 0) throw new NotConstant('it is empty');
    const value = this.conditional();
    const left = this.tokens[this.at];
    if (left) throw new NotConstant(`${left.text} does not belong in an integer expression`);
    return value;
  }

  private conditional(): CInteger {
    const condition = this.level(0);
    if (!this.take('?')) return condition;
    const yes = this.conditional();
    if (!this.take(':')) throw new NotConstant('a ? without its :');
    const no = this.conditional();
    // Adding zero of the other type gives the common type of both arms.
    return condition.value !== 0n
      ? binary('+', yes, { ...no, value: 0n })
      : binary('+', no, { ...yes, value: 0n });
  }

  private level(n: number): CInteger {
    const operators = LEVELS[n];
    if (!operators) return this.unary();
    let left = this.level(n + 1);
    for (let op = this.tokens[this.at]?.text; op !== undefined && operators.includes(op); ) {
      this.at++;
      left = binary(op, left, this.level(n + 1));
      op = this.tokens[this.at]?.text;
    }
    return left;
  }

  private unary(): CInteger {
    if (this.take('+')) return promote(this.unary());
    if (this.take('!')) return truth(this.unary().value === 0n);
    if (this.take('-')) {
      const x = promote(this.unary());
      return integer(-x.value, x.bits, x.signed);
    }
    if (this.take('~')) {
      const x = promote(this.unary());
      return integer(~x.value, x.bits, x.signed);
    }
    if (this.take('sizeof')) {
      const type = this.bracketedType();
      if (!type) throw new NotConstant('only the size of a scalar is known here');
      return integer(BigInt(type.bytes), this.scope.long, false);
    }
    const type = this.bracketedType();
    return type ? integer(this.unary().value, type.bytes * 8, type.signed) : this.primary();
  }

  /** Takes `( type )` when that is what comes next. */
  private bracketedType(): Scalar | undefined {
    if (this.tokens[this.at]?.text !== '(') return undefined;
    const end = closing(this.tokens, this.at);
    const words = this.tokens.slice(this.at + 1, Math.max(end, 0));
    if (words.length === 0 || !words.every(word => word.kind === 'name')) return undefined;
    const type = this.scope.scalar(spell(words));
    if (type) this.at = end + 1;
    return type;
  }

  private primary(): CInteger {
    const token = this.tokens[this.at++];
    if (!token) throw new NotConstant('it ends too early');
    if (token.text === '(') {
      const value = this.conditional();
      if (!this.take(')')) throw new NotConstant('a parenthesis is not closed');
      return value;
    }
    if (token.kind === 'number') return literal(token.text, this.scope);
    if (token.kind === 'char') return character(token.text);
    if (token.kind === 'string') throw new NotConstant('it is a string');
    if (token.kind !== 'name')
      throw new NotConstant(`${token.text} does not belong in an integer expression`);
    const constant = this.scope.constant(token.text);
    if (!constant) throw new NotConstant(`${token.text} is not known from this header or those it includes`);
    return constant;
  }

  private take(text: string): boolean {
    if (this.tokens[this.at]?.text !== text) return false;
    this.at++;
    return true;
  }
}

/**
 * Evaluates an integer constant expression whose macros are already expanded, with C's types and conversions.
 * Throws {@link NotConstant} with the reason when it is none.
 */
export function evaluate(tokens: readonly Token[], scope: Scope): CInteger {
  return new Reader(tokens, scope).whole();
}
