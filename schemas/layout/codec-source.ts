/**
 * TypeScript source of codecs for structs: straight code over the bytes. Fields of up to 32 bits are numbers, wider ones
 * bigints, arrays of bytes Uint8Arrays; of members that share their bytes each may be left out. Little-endian, as all
 * ABIs described here. What reads a layout at run time is codec.ts.
 *
 * There is no DataView over the bytes: asking a small Uint8Array for its buffer moves it off V8's heap, which costs more
 * than all its fields. One DataView of the module's own turns halves into 64 bits.
 */
import type { FieldLayout, Layout } from './layout.ts';
import { isByte, ownFields, type Part, sharing } from './parts.ts';
import { LayoutError } from './type-table.ts';

/** Arrays up to this long are written out element by element; a loop is as fast for longer ones. */
const UNROLLED = 16;

/** What every module of codecs begins with. */
const PRELUDE = `const word = new DataView(new ArrayBuffer(8));
function u64(bytes: Uint8Array, at: number): bigint {
  word.setUint32(0, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24), true);
  word.setUint32(4, bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24), true);
  return word.getBigUint64(0, true);
}
function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
function put64(bytes: Uint8Array, at: number, value: bigint): void {
  word.setBigUint64(0, value, true);
  put32(bytes, at, word.getUint32(0, true));
  put32(bytes, at + 4, word.getUint32(4, true));
}
function enough(bytes: Uint8Array, size: number, name: string): void {
  if (bytes.length < size) throw new RangeError(\`\${name} has \${size} bytes, the buffer has \${bytes.length}\`);
}
function unfit(value: unknown, bits: number, field: string): never {
  throw new RangeError(\`\${value} does not fit in the \${bits} bits of \${field}\`);
}
function count(length: number, wanted: number, field: string): void {
  if (length !== wanted) throw new RangeError(\`\${field} has \${wanted} elements, \${length} were given\`);
}
`;

type Scalar = NonNullable<FieldLayout['scalar']>;

function typeOf(part: Part): string {
  if (part.scalar) return part.scalar.bytes === 8 ? 'bigint' : 'number';
  if (part.array) return isByte(part.array.element) ? 'Uint8Array' : `${wrapType(part.array.element)}[]`;
  return structType(part.composite!);
}

const wrapType = (part: Part) => typeOf(part);

function structType(layout: Layout): string {
  const fields = ownFields(layout);
  const optional = sharing(fields);
  return `{ ${fields.map(field => `${field.path}${optional.has(field) ? '?' : ''}: ${typeOf(field)}`).join('; ')} }`;
}

/** Where something lies: a number, or an expression with a number added. */
interface At {
  readonly base: string;
  readonly offset: number;
}

const plus = (at: At, offset: number): At => ({ ...at, offset: at.offset + offset });
const text = ({ base, offset }: At) =>
  base === '' ? String(offset) : offset === 0 ? base : `${base} + ${offset}`;

class Writer {
  private variables = 0;

  variable(): string {
    this.variables += 1;
    return `i${this.variables}`;
  }

  /** An expression that reads a part. */
  read(part: Part, at: At): string {
    if (part.scalar) return readNumber(part.scalar, at);
    if (part.composite) {
      const fields = ownFields(part.composite);
      return `{ ${fields.map(field => `${field.path}: ${this.read(field, plus(at, field.offset))}`).join(', ')} }`;
    }
    const { length, stride, element } = part.array!;
    if (isByte(element))
      return `bytes.slice(${text(at)}${length === null ? '' : `, ${text(plus(at, length))}`})`;
    if (length !== null && length <= UNROLLED)
      return `[${Array.from({ length }, (_, index) => this.read(element, plus(at, index * stride))).join(', ')}]`;
    const wanted = length === null ? `Math.floor((bytes.length - ${text(at)}) / ${stride})` : String(length);
    const index = this.variable();
    const inner = this.read(element, { base: `${text(at)} + ${index} * ${stride}`, offset: 0 });
    return `Array.from({ length: ${wanted} }, (_, ${index}) => (${inner}))`;
  }

  /** Statements that write a part. */
  write(part: Part, value: string, at: At, name: string): string {
    const { scalar, composite } = part;
    if (scalar) {
      const bits = scalar.bytes * 8;
      return `if (${misfit(scalar, value)}) unfit(${value}, ${bits}, ${JSON.stringify(name)});\n${writeNumber(scalar, value, at)}`;
    }
    if (composite) return this.writeFields(composite, value, at, `${name}.`);
    const { length, stride, element } = part.array!;
    const counted = length === null ? '' : `count(${value}.length, ${length}, ${JSON.stringify(name)});\n`;
    if (isByte(element)) return `${counted}bytes.set(${value}, ${text(at)});\n`;
    if (length !== null && length <= UNROLLED)
      return (
        counted +
        Array.from({ length }, (_, index) =>
          this.element(element, `${value}[${index}]!`, plus(at, index * stride), `${name}[${index}]`),
        ).join('')
      );
    const index = this.variable();
    const body = this.element(
      element,
      `${value}[${index}]!`,
      { base: `${text(at)} + ${index} * ${stride}`, offset: 0 },
      `${name}[]`,
    );
    return `${counted}for (let ${index} = 0; ${index} < ${value}.length; ${index} += 1) {\n${body}}\n`;
  }

  private element(element: Part, value: string, at: At, name: string): string {
    const variable = `${this.variable()}v`;
    return `const ${variable} = ${value};\n${this.write(element, variable, at, name)}`;
  }

  writeFields(layout: Layout, value: string, at: At, prefix: string): string {
    const fields = ownFields(layout);
    const optional = sharing(fields);
    return fields
      .map(field => {
        const variable = `${this.variable()}v`;
        const body = this.write(field, variable, plus(at, field.offset), prefix + field.path);
        return optional.has(field)
          ? `const ${variable} = ${value}.${field.path};\nif (${variable} !== undefined) {\n${body}}\n`
          : `const ${variable} = ${value}.${field.path};\n${body}`;
      })
      .join('');
  }
}

function readNumber({ bytes, signed }: Scalar, at: At): string {
  if (bytes === 8) return signed ? `BigInt.asIntN(64, u64(bytes, ${text(at)}))` : `u64(bytes, ${text(at)})`;
  const parts = Array.from({ length: bytes }, (_, index) => {
    const byte = `bytes[${text(plus(at, index))}]!`;
    return index === 0 ? byte : `(${byte} << ${8 * index})`;
  });
  const joined = parts.join(' | ');
  if (bytes === 4) return signed ? `(${joined})` : `((${joined}) >>> 0)`;
  const unused = 32 - 8 * bytes;
  return signed ? `(((${joined}) << ${unused}) >> ${unused})` : `(${joined})`;
}

/** A byte array keeps the low eight bits of what it is given. */
function writeNumber({ bytes }: Scalar, value: string, at: At): string {
  if (bytes >= 4) return `put${8 * bytes}(bytes, ${text(at)}, ${value});\n`;
  const high = bytes === 2 ? `bytes[${text(plus(at, 1))}] = ${value} >>> 8;\n` : '';
  return `bytes[${text(at)}] = ${value};\n${high}`;
}

/** Signed or unsigned, a value must fit: what is cut silently is a mistake that nobody sees. */
function misfit({ bytes, signed }: Scalar, value: string): string {
  if (bytes === 8)
    return `${value} !== BigInt.asUintN(64, ${value}) && ${value} !== BigInt.asIntN(64, ${value})`;
  if (bytes === 4)
    return signed
      ? `${value} !== (${value} | 0) && ${value} !== ${value} >>> 0`
      : `${value} !== ${value} >>> 0 && ${value} !== (${value} | 0)`;
  const mask = 2 ** (8 * bytes) - 1;
  return `${value} !== (${value} & ${mask}) && ${value} !== (${value} << ${32 - 8 * bytes}) >> ${32 - 8 * bytes}`;
}

function codecOf(layout: Layout): string {
  const { name, size } = layout;
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new LayoutError(`a codec needs a struct with a name, not ${JSON.stringify(name)}`);
  const flexible = ownFields(layout).find(field => field.array?.length === null);
  const bytes = flexible
    ? `new Uint8Array(${flexible.offset} + value.${flexible.path}.length * ${flexible.array!.stride})`
    : `new Uint8Array(${size})`;
  const reader = new Writer().read({ size, composite: layout }, { base: '', offset: 0 });
  const writer = new Writer().writeFields(layout, 'value', { base: '', offset: 0 }, `${name}.`);
  return `
export type ${name} = ${structType(layout)};
export const ${name} = {
size: ${size},
decode(bytes: Uint8Array): ${name} {
enough(bytes, ${size}, '${name}');
return ${reader};
},
encode(value: ${name}, bytes: Uint8Array = ${bytes}): Uint8Array {
enough(bytes, ${size}, '${name}');
${writer}return bytes;
},
};
`;
}

/** A module with a type and a codec for each struct, both under its tag. */
export function codecSource(layouts: readonly Layout[]): string {
  return PRELUDE + layouts.map(codecOf).join('');
}
