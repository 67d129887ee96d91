/** How the safe view has each member of an argument: given by the caller, filled in, or told by the kernel. */
import type { CallDescription, DriverDescription } from '../../catalogue/catalogue.ts';
import { walk } from '../../catalogue/rules.ts';
import type { FieldRole } from '../../generated/types/semantics.ts';
import { type FieldLayout, layoutOf } from '../../layout/layout.ts';
import { ownFields, sharing } from '../../layout/parts.ts';
import { typeOf, widePaths } from './parts.ts';
import type { Roles } from './roles.ts';
import { setName } from './sets.ts';

/** A member of the safe view. */
export interface SafeMember {
  readonly name: string;
  /** Its type for a caller; undefined when it is filled in or only told. */
  readonly input?: string;
  readonly optional?: boolean;
  /** Its type in the result. */
  readonly output?: string;
  /** Statements that put the input into `value`; `memory` holds what pointers lead to. */
  readonly fill: string;
  /** How it is read after the call, where it is no plain member of the argument. */
  readonly read?: string;
  /** Structs whose builders `fill` needs. */
  readonly builds?: string;
}

interface Of {
  readonly driver: DriverDescription;
  readonly call: CallDescription;
  readonly struct: string;
  readonly roles: Roles;
  /** Pointers that the kernel writes through. */
  readonly written: ReadonlySet<string>;
  /** Members that count the elements of an array member. */
  readonly counts: ReadonlyMap<string, string>;
}

export function builderName(struct: string): string {
  return `build_${struct}`;
}

export function writtenPointers({ semantics }: CallDescription): Set<string> {
  const found = new Set<string>();
  for (const rule of walk(semantics.body)) {
    const at = 'write' in rule ? rule.at : undefined;
    const visit = (term: unknown): void => {
      if (term === null || typeof term !== 'object') return;
      if ('field' in term && typeof term.field === 'string') found.add(term.field);
      for (const inner of Object.values(term).flat()) visit(inner);
    };
    visit(at);
  }
  return found;
}

export function arrayCounts({ semantics }: CallDescription): Map<string, string> {
  const found = new Map<string, string>();
  for (const rule of walk(semantics.body))
    if ('each' in rule && rule.member && typeof rule.count === 'object' && 'field' in rule.count)
      found.set(rule.count.field, rule.member);
  return found;
}

/** The brand of a handle, or of a descriptor. */
function branded({ role, ...rest }: FieldRole): string | undefined {
  if (role === 'descriptor') return 'Descriptor';
  return 'resource' in rest && rest.resource ? `Handle<'${rest.resource}'>` : undefined;
}

class Members {
  private readonly of: Of;
  private readonly fields: readonly FieldLayout[];
  private readonly wide: ReadonlySet<string>;
  /** Members of a union: those that are not given must not be written over the one that is. */
  private readonly shared: ReadonlySet<FieldLayout>;
  /** Pointers by the member that says how much they lead to. */
  private readonly lengths = new Map<string, { name: string; bytes: boolean }[]>();
  /** The struct that lies behind a pointer, by the member that says how far apart its elements are. */
  private readonly strides = new Map<string, string>();

  constructor(of: Of) {
    this.of = of;
    const layout = layoutOf(of.driver.types, of.struct, 'x86_64');
    this.fields = ownFields(layout);
    this.wide = widePaths(layout);
    this.shared = sharing(this.fields);
    for (const [name, role] of Object.entries(of.roles)) {
      const target = 'target' in role ? role.target : undefined;
      if (target?.stride !== undefined && target.struct) this.strides.set(target.stride, target.struct);
      const length = target?.bytes ?? target?.count;
      if (!target || length === undefined || !this.fields.some(field => field.path === length)) continue;
      this.lengths.set(length, [
        ...(this.lengths.get(length) ?? []),
        { name, bytes: target.bytes !== undefined },
      ]);
    }
  }

  all(): SafeMember[] {
    return this.fields.map(field => this.member(field));
  }

  private number(name: string, expression: string): string {
    return `${this.wide.has(`.${name}`) ? 'BigInt' : 'Number'}(${expression})`;
  }

  private member(field: FieldLayout): SafeMember {
    const name = field.path;
    const raw = typeOf(field, path => this.wide.has(path), `.${name}`);
    const role = this.of.roles[name];
    if (!role)
      return {
        name,
        input: raw,
        optional: true,
        output: this.shared.has(field) ? `${raw} | undefined` : raw,
        fill: this.given(name, `input.${name}`),
      };
    const told = role.direction === 'out' || role.direction === 'inout';
    const brand = field.scalar ? branded(role) : undefined;
    const shared = this.shared.has(field) ? ' | undefined' : '';
    const output = told
      ? {
          output: `${brand ?? raw}${shared}`,
          ...(brand === undefined ? {} : { read: `after.${name} as ${brand}${shared}` }),
        }
      : {};
    if (role.direction === 'out' || role.direction === 'unused' || role.role === 'reserved')
      return { name, ...output, fill: '' };
    const filled = this.filled(name);
    if (filled !== undefined) return { name, ...output, fill: filled };
    if (role.role === 'pointer' && 'target' in role && role.target && field.scalar)
      return this.pointer(name, role);
    if (field.array && role.role === 'array') return { ...this.array(field, role), ...output };
    return { name, ...output, ...this.plain(field, role, raw) };
  }

  private given(name: string, expression: string): string {
    return `if (input.${name} !== undefined)\n  value.${name} = ${expression};\n`;
  }

  /** A count or size that pointers or arrays tell. */
  private filled(name: string): string | undefined {
    const struct = this.strides.get(name);
    if (struct !== undefined) return `value.${name} = ${this.number(name, `${struct}.size()`)};\n`;
    const pointers = this.lengths.get(name);
    if (pointers)
      return `value.${name} = ${this.number(name, `lengthOf(${pointers.map(each => `length_${each.name}`).join(', ')})`)};\n`;
    const array = this.of.counts.get(name);
    if (array !== undefined && this.fields.some(field => field.path === array && field.array))
      return `value.${name} = ${this.number(name, `input.${array}?.length ?? 0`)};\n`;
    return undefined;
  }

  private array(field: FieldLayout, role: FieldRole): SafeMember {
    const name = field.path;
    const { length, element } = field.array!;
    const type = branded(role) ?? typeOf(element, path => this.wide.has(path), `.${name}[]`);
    if (type === 'bigint' || !element.scalar || element.scalar.bytes === 1 || length === null)
      return {
        name,
        input: typeOf(field, path => this.wide.has(path), `.${name}`),
        optional: true,
        fill: this.given(name, `input.${name}`),
      };
    const struct = `'${this.of.struct}.${name}'`;
    return {
      name,
      input: branded(role) ? `readonly (${type} | 0)[]` : `readonly ${type}[]`,
      optional: true,
      fill: this.given(name, `padded(input.${name}, ${length}, ${struct})`),
    };
  }

  private plain(
    field: FieldLayout,
    role: FieldRole,
    raw: string,
  ): Pick<SafeMember, 'input' | 'optional' | 'fill'> {
    const name = field.path;
    const values = 'values' in role ? role.values : undefined;
    if (values && role.role === 'flags') {
      const set = setName(values, this.of.call, this.of.struct, name);
      return {
        input: `readonly (keyof typeof ${set})[]`,
        optional: true,
        fill: this.given(name, this.number(name, `combined(${set}, input.${name})`)),
      };
    }
    if (values && role.role === 'selector') {
      const set = setName(values, this.of.call, this.of.struct, name);
      return {
        input: `(typeof ${set})[keyof typeof ${set}]`,
        fill: `value.${name} = ${this.number(name, `input.${name}`)};\n`,
      };
    }
    const zero = 'valid' in role && (role.valid as readonly unknown[] | undefined)?.[0] === 0;
    const brand = branded(role);
    const input = brand ?? raw;
    // A handle is a number, whatever the width of its member.
    const value =
      brand !== undefined && this.wide.has(`.${name}`) ? `BigInt(input.${name})` : `input.${name}`;
    return zero
      ? { input, optional: true, fill: this.given(name, value) }
      : { input, fill: `value.${name} = ${value};\n` };
  }

  /** What a pointer leads to; `length_NAME` is what its length member is filled with. */
  private pointer(name: string, role: FieldRole): SafeMember {
    const target = ('target' in role ? role.target : undefined)!;
    const optional = target.nullable === true;
    const written = this.of.written.has(name);
    const counted = [...this.lengths.values()].flat().some(each => each.name === name);
    const put = (bytes: string, length: string) =>
      [
        `const bytes_${name} = ${bytes};\n`,
        counted ? `const length_${name} = ${length};\n` : '',
        `value.${name} = ${this.number(name, `memory.at(bytes_${name})`)};\n`,
      ].join('');
    if (target.struct && written && target.count === undefined)
      return {
        name,
        input: 'boolean',
        optional: true,
        output: `${target.struct} | undefined`,
        fill: put(
          `input.${name} ? memory.room(${target.struct}.size()) : undefined`,
          `bytes_${name}?.length`,
        ),
        read: `bytes_${name} && decode(${target.struct}, bytes_${name})`,
      };
    if (target.struct && !written) {
      const build = builderName(target.struct);
      const many = target.count !== undefined;
      const list = many ? `input.${name}` : `input.${name} && [input.${name}]`;
      return {
        name,
        input: many ? `readonly ${target.struct}_input[]` : `${target.struct}_input`,
        optional,
        fill: put(
          `memory.structs(\n  ${target.struct},\n  (${list})?.map(each => ${build}(memory, each)),\n)`,
          many ? `input.${name}?.length` : `bytes_${name}?.length`,
        ),
        builds: target.struct,
      };
    }
    const bits = target.element === 'u64' ? 64 : 32;
    if (target.element && !written)
      return {
        name,
        input: target.handle ? `readonly Handle<'${target.handle}'>[]` : 'readonly (number | bigint)[]',
        optional,
        fill: put(`memory.numbers(${bits}, input.${name})`, `input.${name}?.length`),
      };
    const unit = target.element ? String(bits / 8) : `${target.struct}.size()`;
    return {
      name,
      input: written ? 'Uint8Array' : 'Uint8Array | string',
      optional,
      fill: put(
        `memory.bytes(input.${name})`,
        target.count === undefined || (!target.element && !target.struct)
          ? `bytes_${name}?.length`
          : `bytes_${name} && bytes_${name}.length / ${unit}`,
      ),
    };
  }
}

/** The members of the safe view of a struct, in the order of the header. */
export function safeMembers(of: Of): SafeMember[] {
  return new Members(of).all();
}
