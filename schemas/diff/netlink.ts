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

export function readFamily(path: string, data: unknown, overlays: readonly Overlay[] = []): Family {
  return { path, spec: validate<YnlAny>('ynlAny', path, data), overlays };
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

/** What decides how the bytes of an attribute are read. */
export function attributeType(attribute: AnyAttribute): string {
  const { type = 'unused', struct } = attribute;
  return [
    type,
    attribute['byte-order'],
    attribute['multi-attr'] ? 'repeated' : undefined,
    attribute['nested-attributes'] ? `of ${attribute['nested-attributes']}` : undefined,
    struct ? `of ${struct}` : undefined,
  ]
    .filter(Boolean)
    .join(' ');
}

/** What an overlay says of one kind of request of an operation. */
export function exchangeOf({ overlays }: Family, operation: string, mode: Mode): FamilyExchange | undefined {
  return overlays.map(({ operations }) => operations?.[operation]?.[mode]).find(Boolean);
}
