/** Request numbers as people and tools write them: `0xc0106440`, `_IOWR('d', 0x40, 16)`, strace's `_IOC(...)`. */
import { evaluate, NotConstant, type Scope } from './expression.ts';
import { closing, splitAtCommas, type Token, tokenizeLine } from './tokens.ts';

/** What stands there is no request; the message is one sentence. */
export class InvalidRequest extends Error {}

export interface RequestNames {
  /** The value of a constant such as DRM_COMMAND_BASE; undefined when there is none. */
  constant(name: string): bigint | undefined;
  /** The size of a type as it is spelled, such as `struct drm_gem_close`; undefined when there is none. */
  sizeOf(type: string): number | undefined;
}

/** asm-generic/ioctl.h: what each direction is called, and its bits. */
const DIRECTIONS: Readonly<Record<string, bigint>> = { _IOC_NONE: 0n, _IOC_WRITE: 1n, _IOC_READ: 2n };
const MACROS: Readonly<Record<string, bigint>> = { IO: 0n, IOW: 1n, IOR: 2n, IOWR: 3n };
const MASK = 0xffffffffn;

/** A number that a 32-bit argument can have been: as it is, negative as an int, or with its sign extended. */
function request(value: bigint, text: string): number {
  const high = BigInt.asUintN(64, value) >> 32n;
  if (value >= 1n << 64n || value < -(1n << 31n) || (high !== 0n && high !== MASK))
    throw new InvalidRequest(`${text} has more than the 32 bits of a request number`);
  return Number(BigInt.asUintN(32, value));
}

function compose(parts: readonly bigint[], text: string): number {
  const [direction, letter, number, size] = parts as [bigint, bigint, bigint, bigint];
  const limits = [
    ['direction', direction, 3n],
    ['letter', letter, 255n],
    ['number', number, 255n],
    ['size', size, 16383n],
  ] as const;
  for (const [name, value, most] of limits) {
    if (value < 0n || value > most)
      throw new InvalidRequest(`${text} has the ${name} ${value}; expected 0 to ${most}`);
  }
  return Number((direction << 30n) | (size << 16n) | (letter << 8n) | number);
}

function macro(tokens: readonly Token[], text: string, names: RequestNames): number {
  const name = tokens[0]!.text;
  const end = closing(tokens, 1);
  if (end !== tokens.length - 1)
    throw new InvalidRequest(`${text} is not one call of ${name}; expected ${name}(...)`);
  const zero = { value: 0n, bits: 64, signed: true };
  const scope: Scope = {
    long: 64,
    constant: word => {
      const value = DIRECTIONS[word] ?? names.constant(word);
      return value === undefined ? undefined : { ...zero, value };
    },
    scalar: () => undefined,
  };
  const parts = splitAtCommas(tokens.slice(2, -1));
  const numberOf = (part: readonly Token[] | undefined): bigint => {
    if (!part?.length) throw new InvalidRequest(`${text} lacks an argument`);
    try {
      return evaluate(part, scope).value;
    } catch (error) {
      if (!(error instanceof NotConstant)) throw error;
      throw new InvalidRequest(`${text} cannot be computed: ${error.message}`);
    }
  };
  const sizeOf = (part: readonly Token[] | undefined): bigint => {
    const size = names.sizeOf((part ?? []).map(token => token.text).join(' '));
    return size === undefined ? numberOf(part) : BigInt(size);
  };
  const expect = (count: number) => {
    if (parts.length !== count || parts.some(part => part.length === 0))
      throw new InvalidRequest(`${text} has ${parts.length} arguments; ${name} takes ${count}`);
  };
  if (name === '_IOC') {
    expect(4);
    return compose([numberOf(parts[0]), numberOf(parts[1]), numberOf(parts[2]), sizeOf(parts[3])], text);
  }
  const direction = MACROS[name.replace(/^(_|DRM_)/, '')]!;
  const own = name.startsWith('DRM_') ? [[{ ...tokens[0]!, kind: 'char', text: "'d'" } as Token]] : [];
  const all = [...own, ...parts];
  expect((direction === 0n ? 2 : 3) - own.length);
  return compose(
    [direction, numberOf(all[0]), numberOf(all[1]), direction === 0n ? 0n : sizeOf(all[2])],
    text,
  );
}

/** The number that a text gives; undefined when it is a single name. Throws {@link InvalidRequest}. */
export function requestOfText(text: string, names: RequestNames): number | undefined {
  const bare = text.trim();
  if (/^-?(0x[0-9a-f]+|\d+)[uUlL]*$/i.test(bare)) {
    const digits = bare.replace(/[uUlL]+$/, '').replace(/^-/, '');
    return request(bare.startsWith('-') ? -BigInt(digits) : BigInt(digits), bare);
  }
  // Without 0x, as some logs have it; a letter tells it from a decimal number.
  if (/^(?=.*[a-f])[0-9a-f]{4,8}$/i.test(bare)) return Number(`0x${bare}`);
  const tokens = tokenizeLine(bare);
  if (/^(_IO|_IOW|_IOR|_IOWR|_IOC|DRM_IO|DRM_IOW|DRM_IOR|DRM_IOWR)$/.test(tokens[0]?.text ?? '')) {
    if (tokens[1]?.text !== '(')
      throw new InvalidRequest(`${bare} lacks its arguments; expected for example _IOWR('d', 0x40, 16)`);
    return macro(tokens, bare, names);
  }
  if (tokens.length === 1 && tokens[0]!.kind === 'name') return undefined;
  throw new InvalidRequest(
    `${bare} is no request; expected a number, a name such as DRM_IOCTL_GEM_CLOSE, or _IOWR('d', 0x40, 16)`,
  );
}
