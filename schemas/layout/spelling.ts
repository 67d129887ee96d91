/** Types and members as a reader of the header knows them. */
import type { TypeTable } from './type-table.ts';
import type { CType, MemberFact } from './types.ts';

/** A type as C spells it: `__u32`, `struct drm_gem_close`, `char *`, `__u8 [16]`, `union`. */
export function spellType(type: CType, types: TypeTable): string {
  if ('scalar' in type) return type.scalar;
  if ('pointer' in type) return `${type.pointer} *`;
  if ('anonymous' in type) return type.anonymous;
  if ('named' in type) return `${types.composites.get(type.named)?.kind ?? 'struct'} ${type.named}`;
  const inner = spellType(type.array, types);
  const length = `[${type.length ?? ''}]`;
  // Of an array of arrays the outer length comes first.
  const open = inner.indexOf(' [');
  return open < 0 ? `${inner} ${length}` : `${inner.slice(0, open + 1)}${length}${inner.slice(open + 1)}`;
}

export interface Member {
  /** As layouts have it, elements of arrays as `list[].value`; null for a struct or union without a name. */
  readonly path: string | null;
  readonly type: CType;
  /** 0 for a member of the struct itself. */
  readonly depth: number;
}

function innerOf(type: CType, types: TypeTable): readonly MemberFact[] {
  if ('array' in type) return innerOf(type.array, types);
  if ('anonymous' in type) return type.members;
  if ('named' in type) return types.composites.get(type.named)?.members ?? [];
  const target = 'scalar' in type ? types.typedefs.get(type.scalar) : undefined;
  return target === undefined ? [] : innerOf(target, types);
}

function arrayDepth(type: CType): number {
  return 'array' in type ? 1 + arrayDepth(type.array) : 0;
}

/** Every member of a struct or union, those of the structs in it after it. */
export function membersOf(types: TypeTable, name: string): Member[] {
  const out: Member[] = [];
  const add = (type: CType, prefix: string, depth: number): void => {
    for (const member of innerOf(type, types)) {
      const path = member.name === null ? null : prefix + member.name;
      out.push({ path, type: member.type, depth });
      add(member.type, path === null ? prefix : `${path}${'[]'.repeat(arrayDepth(member.type))}.`, depth + 1);
    }
  };
  add({ named: name }, '', 0);
  const target = types.composites.has(name) ? undefined : types.typedefs.get(name);
  if (target) add(target, '', 0);
  return out;
}

/** The name under which {@link membersOf} has a field of a layout: `data[3].value` is `data[].value`. */
export function memberPath(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]').replace(/(\[\])+$/, '');
}
