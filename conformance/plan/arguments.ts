/** The members of a call's argument and of what its pointers lead to, under flat names: `jobs[0].cmd_bo`. */
import {
  type CallDescription,
  type DriverDescription,
  type FieldLayout,
  fieldOf,
  type Hello,
  type Layout,
  layoutOf,
  type Relocation,
  sizeOfType,
  type Value,
  walk,
} from '../../schemas/index.ts';

/** A member's value: a number, something known only when the step runs, or, under `NAME[]`, the bytes behind NAME. */
export type Argument = bigint | Value | Uint8Array;
export type Arguments = Readonly<Record<string, Argument>>;

export type FieldRole = CallDescription['semantics']['fields'][string];

/** Where a flat name lies: in the argument itself, or in memory behind a pointer member. */
export interface Spot {
  /** The pointer member; undefined in the argument. */
  readonly pointer?: string;
  readonly field: Pick<FieldLayout, 'offset' | 'size'> & FieldLayout;
}

/** A number in the bytes behind a pointer, known only when the step runs: `data[]@8:4` is one of 4 bytes at 8. */
const IN_BYTES = /^(.+)\[\]@(\d+):([48])$/;

export function withinBytes(
  name: string,
): { readonly pointer: string; readonly offset: number; readonly width: Relocation['width'] } | undefined {
  if (!name.includes('@')) return undefined;
  const [, pointer, offset, width] = IN_BYTES.exec(name) ?? [];
  return pointer === undefined
    ? undefined
    : { pointer, offset: Number(offset), width: Number(width) as Relocation['width'] };
}

const NO_MEMBERS: Layout = { name: '', size: 0, align: 1, fields: [], holes: [] };

/** The layout of a call's argument, without members where it has none. */
export function argumentLayout(
  { types }: DriverDescription,
  { abi }: Hello,
  { argument, request }: CallDescription,
): Layout {
  if (argument !== undefined) return layoutOf(types, argument, abi);
  // A bare number, as with MODE_RMFB (include/uapi/drm/drm.h:1216): without its bytes the core cannot copy it in.
  return request?.argument ? { ...NO_MEMBERS, size: sizeOfType(types, request.argument, abi) } : NO_MEMBERS;
}

/** An element behind a pointer, or of an array, and what of it is meant: the array, the number, the member. */
interface Element {
  readonly base: string;
  readonly index: number;
  readonly rest: string | undefined;
}

/** Whether a member of the argument is an array itself: one of values, or of reserved bytes. */
function isArray(call: CallDescription, name: string): boolean {
  const role = call.semantics.fields[name]?.role;
  return role === 'array' || role === 'reserved';
}

const ELEMENT = /^\[(\d+)\](?:\.(.+))?$/;

/** What depends on a call and a flat name only is found once. */
function byName<T>(find: (call: CallDescription, name: string) => T): typeof find {
  const calls = new WeakMap<CallDescription, Map<string, T>>();
  return (call, name) => {
    let names = calls.get(call);
    if (!names) {
      names = new Map();
      calls.set(call, names);
    }
    if (!names.has(name)) names.set(name, find(call, name));
    return names.get(name)!;
  };
}

/** The element that a flat name goes through last: `jobs[0].tasks` and 1 for `jobs[0].tasks[1].regcmd`. */
const lastElement = byName((call, name): Element | undefined => {
  for (let end = name.length; end > 0; ) {
    const open = name.lastIndexOf('[', end - 1);
    if (open < 0) return undefined;
    const [, index, rest] = ELEMENT.exec(name.slice(open)) ?? [];
    const base = name.slice(0, open);
    const own = isArray(call, base);
    if (index !== undefined && (own || roleOf(call, base)?.target))
      return { base, index: Number(index), rest };
    end = open;
  }
  return undefined;
});

/** The struct, or the size in bytes, of the elements behind a pointer member. */
export function elementLayout(
  driver: DriverDescription,
  hello: Hello,
  role: FieldRole | undefined,
): { readonly size: number; readonly layout?: Layout } | undefined {
  const target = role?.target;
  if (!target) return undefined;
  if (target.element) return { size: target.element === 'u64' ? 8 : 4 };
  if (target.struct === undefined) return undefined;
  const layout = layoutOf(driver.types, target.struct, hello.abi);
  return { size: layout.size, layout };
}

/** The other structs that a pointer leads to, as another member says which. */
const others = (driver: DriverDescription, { abi }: Hello, role: FieldRole | undefined): Layout[] =>
  (role?.target?.or ?? []).map(struct => layoutOf(driver.types, struct, abi));

/** A member of the first of the structs that has it. */
function insideOf(layouts: readonly Layout[], path: string): FieldLayout {
  const head = path.replace(/[.[].*$/, '');
  return fieldOf(layouts.find(({ fields }) => fields.some(each => each.path === head)) ?? layouts[0]!, path);
}

/** How many bytes lie between two elements behind a pointer, in a call with these members. */
export function strideOf(
  call: CallDescription,
  pointer: string,
  size: number,
  values: Arguments = {},
): number {
  const stride = roleOf(call, pointer)?.target?.stride;
  const value = stride === undefined ? undefined : values[besides(call, pointer, stride)];
  return typeof value === 'bigint' && value >= BigInt(size) && value <= MOST_STRIDE ? Number(value) : size;
}

/** Elements further apart than this are laid side by side: the call is to be refused, or reads what is not there. */
const MOST_STRIDE = 4096n;

/** The flat name of a member that a pointer's role names: one of the same element, or of the argument. */
export function besides(call: CallDescription, pointer: string, member: string): string {
  const element = lastElement(call, pointer);
  if (!element) return member;
  const own = `${element.base}[${element.index}].${member}`;
  return roleOf(call, own) && !call.semantics.fields[member] ? own : member;
}

/** Finds the place of a flat name; undefined when the call has no such member. */
export function spotOf(
  driver: DriverDescription,
  hello: Hello,
  call: CallDescription,
  name: string,
  values: Arguments = {},
): Spot | undefined {
  const layout = layoutOf(driver.types, call.argument!, hello.abi);
  if (call.semantics.fields[name]) return { field: fieldOf(layout, name) };
  const found = lastElement(call, name);
  if (!found) return undefined;
  const { base, index, rest } = found;
  const role = roleOf(call, base);
  if (isArray(call, base)) return { field: fieldOf(layout, name) };
  const element = elementLayout(driver, hello, role);
  if (!element) return undefined;
  const start = index * strideOf(call, base, element.size, values);
  if (rest === undefined)
    return {
      pointer: base,
      field: {
        path: name,
        offset: start,
        size: element.size,
        align: element.size,
        scalar: { bytes: element.size as 4, signed: false },
      },
    };
  const inside = insideOf([element.layout!, ...others(driver, hello, role)], rest);
  return { pointer: base, field: { ...inside, offset: start + inside.offset } };
}

/** The flat name of the first element's member that a body calls `name` or `name.member` inside an each. */
export function flatName(call: CallDescription, path: string, index = 0): string | undefined {
  if (call.semantics.fields[path]) return path;
  if (/\[\d+\]$/.test(path) && isArray(call, path.slice(0, path.lastIndexOf('[')))) return path;
  const dot = path.indexOf('.');
  const [head, rest] = dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot)];
  for (const rule of walk(call.semantics.body)) {
    if (!('each' in rule) || rule.each !== head) continue;
    const array = rule.member ?? (typeof rule.at === 'object' && 'field' in rule.at ? rule.at.field : '');
    const base = flatName(call, array);
    return base === undefined ? undefined : `${base}[${index}]${rest}`;
  }
  return undefined;
}

/** The role of a member behind a pointer. */
export function roleOf(call: CallDescription, name: string): FieldRole | undefined {
  return call.semantics.fields[name] ?? roleBehind(call, name);
}

const roleBehind = byName((call, name): FieldRole | undefined => {
  const found = lastElement(call, name);
  if (!found) return undefined;
  const role = roleOf(call, found.base);
  const { struct, handle } = role?.target ?? {};
  if (handle !== undefined) return { direction: 'in', role: 'handle', resource: handle };
  if (struct === undefined || found.rest === undefined) return role;
  for (const each of [struct, ...(role?.target?.or ?? [])]) {
    const members = call.semantics.structs?.[each];
    const own = members?.[found.rest.replace(/\[\d+\]$/, '')];
    if (own) return own;
    // A member of an array inside the struct, as `cu_configs[0].cu_bo`.
    const [, array, member] = /^([^[]+)\[\d+\]\.(.+)$/.exec(found.rest) ?? [];
    const inner = array === undefined ? undefined : members?.[array]?.elements;
    if (inner !== undefined) return call.semantics.structs?.[inner]?.[member!.replace(/\[\d+\]$/, '')];
  }
  return undefined;
});

/** The numbers that a good call may use for a member. */
export function goodValuesOf(driver: DriverDescription, call: CallDescription, name: string): bigint[] {
  const role = roleOf(call, name)!;
  const { types } = driver;
  if (role.valid) return role.valid.flatMap(value => (Array.isArray(value) ? [] : [BigInt(value as number)]));
  if (role.values && role.role === 'selector') {
    const names =
      role.values.constants ?? types.enums.get(role.values.enum!)!.members.map(member => member.name);
    return names.map(each => types.constantValue(each));
  }
  if (role.values && role.role === 'flags') {
    const names =
      role.values.constants ?? types.enums.get(role.values.enum!)!.members.map(member => member.name);
    return [0n, ...names.map(each => types.constantValue(each))];
  }
  return [0n];
}
