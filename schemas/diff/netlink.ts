/** Netlink families as diff sees them: the kernel's YNL format, and the overlay with what that cannot say. */
import type { AnyAttribute, AnyOperation, YnlAny } from '../generated/types/ynl-any.ts';
import { validate } from '../validate/validate.ts';

export type { AnyAttribute, AnyOperation, YnlAny };

export interface FamilyCheck {
  readonly check: string;
  readonly errno: string;
  readonly when: unknown;
}

export interface FamilyExchange {
  readonly required?: readonly string[];
  readonly checks?: readonly FamilyCheck[];
  /** Attributes that every reply has. */
  readonly always?: readonly string[];
}

/** What an overlay says of the operations; of its other parts diff needs nothing. */
export interface Overlay {
  readonly operations?: Readonly<Record<string, Readonly<Partial<Record<Mode, FamilyExchange>>>>>;
}

export type Mode = 'do' | 'dump';

export interface Family {
  readonly path: string;
  readonly spec: YnlAny;
  readonly overlays: readonly Overlay[];
}

/** Texts, and names of files. */
const NO_NAMES = new Set(['doc', 'header', 'uapi-header', 'errno']);

/** Names with `-` for `_`: in C both are the same, and specifications changed from one to the other. */
function dashed<T>(data: T): T {
  if (Array.isArray(data))
    return data.map(each => (typeof each === 'string' ? dash(each) : dashed(each))) as T;
  if (data === null || typeof data !== 'object') return data;
  const entries = Object.entries(data).map(([key, value]) => [
    dash(key),
    typeof value === 'string' ? (NO_NAMES.has(key) ? value : dash(value)) : dashed(value),
  ]);
  return Object.fromEntries(entries) as T;
}

const dash = (name: string) => name.replaceAll('_', '-');

export function readFamily(path: string, data: unknown, overlays: readonly Overlay[] = []): Family {
  const spec = validate<YnlAny>('ynlAny', path, data);
  // The family's own name is sent as it stands.
  return { path, spec: { ...dashed(spec), name: spec.name }, overlays: overlays.map(dashed) };
}

/** The numbers of a set's attributes: from 1 in order, a given value goes on from there. */
export function attributeNumbers(attributes: readonly AnyAttribute[]): Map<string, number> {
  let next = 1;
  const numbers = new Map<string, number>();
  for (const { name, value } of attributes) {
    const number = value ?? next;
    numbers.set(name, number);
    next = number + 1;
  }
  return numbers;
}

/**
 * The message numbers of the operations, `request/reply`; one number for both unless the model is directional
 * (tools/net/ynl/pyynl/lib/nlspec.py).
 */
export function operationNumbers({ operations }: YnlAny): Map<string, string> {
  const numbers = new Map<string, string>();
  if (operations['enum-model'] !== 'directional') {
    let next = 1;
    for (const { name, value } of operations.list) {
      const number = value ?? next;
      numbers.set(name, String(number));
      next = number + 1;
    }
    return numbers;
  }
  let [request, reply] = [1, 1];
  for (const operation of operations.list) {
    const { name, value } = operation;
    if (operation.notify !== undefined || operation.event !== undefined) {
      reply = value ?? reply;
      numbers.set(name, `-/${reply}`);
      reply += 1;
      continue;
    }
    const mode = operation.do ?? operation.dump;
    request = mode?.request?.value ?? request;
    reply = mode?.reply?.value ?? reply;
    numbers.set(name, `${request}/${mode?.reply ? reply : '-'}`);
    request += 1;
    if (mode?.reply) reply += 1;
  }
  return numbers;
}

/** Values of the named constants of a specification: consts, enum entries by `ENUM ENTRY`, flags as positions. */
export function definedValues({ definitions = [] }: YnlAny): Map<string, string> {
  const values = new Map<string, string>();
  for (const definition of definitions) {
    if (definition.value !== undefined) values.set(definition.name, String(definition.value));
    let next = Number(definition['value-start'] ?? 0);
    for (const entry of definition.entries ?? []) {
      const name = typeof entry === 'object' ? entry.name : String(entry);
      if (typeof entry === 'object' && entry.value !== undefined) next = entry.value;
      values.set(`${definition.name} ${name}`, String(next));
      next += 1;
    }
  }
  return values;
}

/** Members of a struct of a specification: its name is its own affair. */
export function structText({ definitions = [] }: YnlAny, name: string): string {
  const members = definitions.find(each => each.name === name)?.members;
  if (!members) return name;
  return members
    .map(each => [each.name, each.type, each.len, each['byte-order']].filter(Boolean).join(' '))
    .join(', ');
}

/** What decides how the bytes of an attribute are read; which set a nested one has is told of the sets. */
export function attributeType(attribute: AnyAttribute, spec: YnlAny): string {
  const { type = 'unused', struct } = attribute;
  const parts = [
    type,
    attribute['byte-order'],
    attribute['multi-attr'] ? 'repeated' : undefined,
    struct ? `of ${structText(spec, struct)}` : undefined,
  ];
  return parts.filter(Boolean).join(' ');
}

type AttributeSet = YnlAny['attribute-sets'][number];
/** A set is another's heir when this part of its attributes has the same names. */
const SAME_SET = 0.6;

/** The set of the newer version: of the same name, else a new one with mostly the same attributes. */
export function sameSet(set: AttributeSet, old: Family, now: Family): AttributeSet | undefined {
  const sets = now.spec['attribute-sets'];
  const named = sets.find(each => each.name === set.name);
  if (named) return named;
  const likeness = (other: AttributeSet) =>
    set.attributes.filter(({ name }) => other.attributes.some(each => each.name === name)).length /
    Math.max(set.attributes.length, other.attributes.length, 1);
  const fresh = sets.filter(each => !old.spec['attribute-sets'].some(({ name }) => name === each.name));
  const [best] = fresh.sort((a, b) => likeness(b) - likeness(a));
  return best && likeness(best) >= SAME_SET ? best : undefined;
}

/** Attributes of the same number and type that have another name: `SET OLD` -> new name. */
export function renamedAttributes(old: Family, now: Family): Map<string, string> {
  const names = new Map<string, string>();
  for (const set of old.spec['attribute-sets']) {
    // A subset has the numbers and names of the whole one.
    const after = set['subset-of'] === undefined ? sameSet(set, old, now) : undefined;
    if (!after) continue;
    const [numbers, others] = [attributeNumbers(set.attributes), attributeNumbers(after.attributes)];
    for (const attribute of set.attributes) {
      if (others.has(attribute.name)) continue;
      const heir = after.attributes.find(
        each =>
          !numbers.has(each.name) &&
          others.get(each.name) === numbers.get(attribute.name) &&
          attributeType(each, now.spec) === attributeType(attribute, old.spec),
      );
      if (heir) names.set(`${set.name} ${attribute.name}`, heir.name);
    }
  }
  return names;
}

/** What an overlay says of one kind of request of an operation. */
export function exchangeOf({ overlays }: Family, operation: string, mode: Mode): FamilyExchange | undefined {
  return overlays.map(({ operations }) => operations?.[operation]?.[mode]).find(Boolean);
}
