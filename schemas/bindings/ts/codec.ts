/** A codec for each struct: straight code over a DataView, for every ABI. */
import type { FieldLayout, Layout } from '../../layout/layout.ts';
import { isByte, ownFields, type Part, sharing } from '../../layout/parts.ts';
import type { AbiName } from '../../program/program.ts';
import { flexibleOf, widePaths } from './parts.ts';
import { callOf, indented, perAbi, quoted } from './text.ts';

/** Arrays up to this long are written out element by element. */
const UNROLLED = 4;

type Scalar = NonNullable<FieldLayout['scalar']>;

/** Where something lies behind `at`: a number of bytes, and an expression where it is an element. */
interface At {
  readonly offset: number;
  readonly element: string;
}

const plus = (at: At, offset: number): At => ({ ...at, offset: at.offset + offset });
const spot = ({ offset, element }: At) => `at${offset === 0 ? '' : ` + ${offset}`}${element}`;

/** Reads and writes the parts of one struct on one ABI; `wide` numbers are bigints even where they have 4 bytes. */
class Writer {
  private readonly struct: string;
  private readonly wide: ReadonlySet<string>;
  private variables = 0;

  constructor(struct: string, wide: ReadonlySet<string>) {
    this.struct = struct;
    this.wide = wide;
  }

  private variable(): string {
    this.variables += 1;
    return `i${this.variables}`;
  }

  read(part: Part, at: At, path: string): string {
    if (part.scalar) return this.readNumber(part.scalar, at, path);
    if (part.composite) {
      const fields = ownFields(part.composite).map(
        field => `${field.path}: ${this.read(field, plus(at, field.offset), `${path}.${field.path}`)},\n`,
      );
      return `{\n${indented(fields.join(''))}}`;
    }
    const { length, stride, element } = part.array!;
    const wanted =
      length === null ? `Math.floor((view.byteLength - (${spot(at)})) / ${stride})` : String(length);
    if (isByte(element)) return `getBytes(view, ${spot(at)}, ${wanted})`;
    const index = this.variable();
    const inner = this.read(element, { ...at, element: `${at.element} + ${index} * ${stride}` }, `${path}[]`);
    return `getArray(${wanted}, ${index} => (${inner}))`;
  }

  private readNumber({ bytes, signed }: Scalar, at: At, path: string): string {
    const sign = signed ? 'Int' : 'Uint';
    if (bytes === 8) return `view.getBig${sign}64(${spot(at)}, true)`;
    const text = `view.get${sign}${8 * bytes}(${spot(at)}${bytes === 1 ? '' : ', true'})`;
    return this.wide.has(path) ? `BigInt(${text})` : text;
  }

  write(part: Part, value: string, at: At, path: string): string {
    const name = quoted(this.struct + path);
    if (part.scalar) {
      const { bytes } = part.scalar;
      const number = bytes < 8 && this.wide.has(path) ? `Number(${value})` : value;
      return callOf(`put${8 * bytes}`, ['view', spot(at), number, name]);
    }
    if (part.composite) return this.writeFields(part.composite, value, at, path);
    const { length, stride, element } = part.array!;
    const checked = length === null ? '' : callOf('counted', [`${value}.length`, String(length), name]);
    if (isByte(element)) return `${checked}putBytes(view, ${spot(at)}, ${value});\n`;
    if (length !== null && length <= UNROLLED)
      return (
        checked +
        Array.from({ length }, (_, index) =>
          this.write(element, `${value}[${index}]!`, plus(at, index * stride), `${path}[]`),
        ).join('')
      );
    const index = this.variable();
    const body = this.write(
      element,
      `${value}[${index}]!`,
      { ...at, element: `${at.element} + ${index} * ${stride}` },
      `${path}[]`,
    );
    return `${checked}for (let ${index} = 0; ${index} < ${value}.length; ${index} += 1) {\n${indented(body)}}\n`;
  }

  writeFields(layout: Layout, value: string, at: At, path: string): string {
    const fields = ownFields(layout);
    const optional = sharing(fields);
    return fields
      .map(field => {
        const own = `${value}.${field.path}`;
        const body = this.write(field, own, plus(at, field.offset), `${path}.${field.path}`);
        return optional.has(field) ? `if (${own} !== undefined) {\n${indented(body)}}\n` : body;
      })
      .join('');
  }
}

const START: At = { offset: 0, element: '' };

/** What a description says of a member beyond its bits. */
export interface MemberRule {
  readonly path: string;
  /** It has to be 0. */
  readonly reserved?: true;
  /** A constant that holds every bit, or a list of the values. */
  readonly bits?: string;
  readonly oneOf?: string;
}

function problems(layout: Layout, rules: readonly MemberRule[]): string {
  const { name, holes } = layout;
  const parts: string[] = [];
  if (holes.length > 0) {
    const list = holes.map(({ offset, size }) => `  [${offset}, ${size}],\n`).join('');
    parts.push(
      `const hole = usedHole(view, at, [\n${list}]);\n`,
      `if (hole >= 0)\n  return \`${name} has a byte in use that belongs to no member, at offset \${hole}\`;\n`,
    );
  }
  if (rules.length > 0) parts.push(`const value = ${name}.read(view, at, abi);\n`);
  for (const { path, reserved, bits, oneOf } of rules) {
    const member = `value.${path.replaceAll('.', '!.')}!`;
    const test = reserved
      ? `BigInt(${member}) !== 0n`
      : bits !== undefined
        ? `(BigInt(${member}) & ~${bits}) !== 0n`
        : `!${oneOf}.includes(BigInt(${member}))`;
    const what = reserved
      ? 'is reserved and not 0'
      : bits !== undefined
        ? 'has an unknown bit'
        : 'has an unknown value';
    parts.push(`if (${test})\n  return \`${name}.${path} ${what}: \${${member}}\`;\n`);
  }
  return `${parts.join('')}return undefined;\n`;
}

/** The codec of a struct whose layouts are given by ABI. */
export function codecOf(layoutOf: (abi: AbiName) => Layout, rules: readonly MemberRule[]): string {
  const { name } = layoutOf('x86_64');
  const wide = widePaths(layoutOf('x86_64'));
  const size = perAbi(abi => `return ${layoutOf(abi).size};\n`);
  const read = perAbi(abi => {
    const layout = layoutOf(abi);
    const value = new Writer(name, wide).read({ size: layout.size, composite: layout }, START, '');
    return `enough(view, at, ${layout.size}, ${quoted(name)});\nreturn ${value};\n`;
  });
  const write = perAbi(abi => {
    const layout = layoutOf(abi);
    const flexible = flexibleOf(layout);
    const length = flexible
      ? `${flexible.offset} + value.${flexible.path}.length * ${flexible.array!.stride}`
      : String(layout.size);
    const body = new Writer(name, wide).writeFields(layout, 'value', START, '');
    return `enough(view, at, ${length}, ${quoted(name)});\n${body}return;\n`;
  });
  const wrong = perAbi(abi => problems(layoutOf(abi), rules));
  const abi = (differs: boolean) => (differs ? 'abi = hostAbi()' : '_abi?: Abi');
  const method = (head: string, type: string, { text }: { text: string }) =>
    `${head}: ${type} {\n${indented(text.replace(/return;\n$/, ''))}},\n`;
  const asks = wrong.differs || size.differs || rules.length > 0;
  const members = [
    `name: ${quoted(name)},\n`,
    method(`size(${abi(size.differs)})`, 'number', size),
    method(`read(view, at = 0, ${abi(read.differs)})`, name, read),
    method(`write(view, value, at = 0, ${abi(write.differs)})`, 'void', write),
    method(`problem(view, at = 0, ${abi(asks)})`, 'string | undefined', {
      text: `enough(view, at, this.size(${asks ? 'abi' : ''}), ${quoted(name)});\n${wrong.text}`,
    }),
  ];
  return `export const ${name}: Codec<${name}> = {\n${indented(members.join(''))}};\n`;
}
