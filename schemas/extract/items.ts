import type { CType, Facts, IoctlFact, ItemKind, MemberFact, Said } from '../layout/types.ts';

/** A name of a header that has a history of its own. */
export interface Item {
  readonly kind: ItemKind;
  /** A C name; a member's is `TYPE.MEMBER`, and `TYPE.MEMBER.INNER` in a struct without a tag. */
  readonly name: string;
  /** What it says; an enum and a type say nothing but their members. */
  readonly says?: Said;
}

/** How an item is told from all others: a macro and an enum member of one name are the same constant. */
export function itemKey(kind: ItemKind, name: string): string {
  return `${kind} ${name}`;
}

/** Builds a type anew with every member that has a name passed through `change`, the inner ones first. */
function mapType(type: CType, path: string, change: (path: string, member: MemberFact) => MemberFact): CType {
  if ('array' in type) return { ...type, array: mapType(type.array, `${path}[]`, change) };
  if (!('anonymous' in type)) return type;
  return { ...type, members: mapMembers(type.members, path, change) };
}

/**
 * Builds members anew, each passed through `change` with its name. What stands in a struct or union without a name
 * goes by the name of the type around it, as in C.
 */
export function mapMembers(
  members: readonly MemberFact[],
  path: string,
  change: (path: string, member: MemberFact) => MemberFact,
): MemberFact[] {
  return members.map(member => {
    const at = member.name === null ? path : `${path}.${member.name}`;
    const built = { ...member, type: mapType(member.type, at, change) };
    return member.name === null ? built : change(at, built);
  });
}

/** The same for a typedef, which may stand for a struct without a tag. */
export function mapTypedef(
  type: CType,
  name: string,
  change: (path: string, member: MemberFact) => MemberFact,
): CType {
  return mapType(type, name, change);
}

/** A type without the members inside it: they are items of their own. */
function outline(type: CType): CType {
  if ('array' in type) return { array: outline(type.array), length: type.length };
  return 'anonymous' in type ? { ...type, members: [] } : type;
}

export function requestOf({ direction, letter, number, argument }: IoctlFact): Said {
  return { direction, letter, number, argument };
}

/** Every item of a header, by {@link itemKey}, in the order of kinds and lines. */
export function itemsOf(facts: Facts): Map<string, Item> {
  const items = new Map<string, Item>();
  const add = (kind: ItemKind, name: string, says?: Said): void => {
    items.set(itemKey(kind, name), { kind, name, ...(says === undefined ? {} : { says }) });
  };
  const member = (path: string, fact: MemberFact): MemberFact => {
    add('member', path, outline(fact.type));
    return fact;
  };
  for (const { name, value } of facts.constants) add('constant', name, value);
  for (const { name, members } of facts.enums) {
    if (name !== null) add('enum', name);
    for (const each of members) add('constant', each.name, each.value);
  }
  for (const { name, members } of facts.types) {
    add('type', name);
    mapMembers(members, name, member);
  }
  for (const { name, type } of facts.typedefs) {
    add('typedef', name, outline(type));
    mapTypedef(type, name, member);
  }
  for (const ioctl of facts.ioctls) add('ioctl', ioctl.name, requestOf(ioctl));
  return items;
}
