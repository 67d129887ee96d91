import { type FieldLayout, type Layout, layoutOf } from '../layout/layout.ts';
import { LayoutError, type TypeTable } from '../layout/type-table.ts';
import type { ChangeFact, ItemKind } from '../layout/types.ts';
import type { Item } from './items.ts';

type Items = ReadonlyMap<string, Item>;

const WHAT: Readonly<Partial<Record<ItemKind, ChangeFact['what']>>> = {
  constant: 'value',
  member: 'type',
  typedef: 'type',
  ioctl: 'request',
};

/** Changes of sizes and places are told for this ABI; what moves on another moves here, too. */
const ABI = 'x86_64';

function layout(types: TypeTable, name: string): Layout | undefined {
  try {
    return layoutOf(types, name, ABI);
  } catch (error) {
    // A type that C leaves open, such as one with bit-fields, has no layout in either release.
    if (error instanceof LayoutError) return undefined;
    throw error;
  }
}

function offsets(of: Layout): Map<string, FieldLayout> {
  return new Map(of.fields.map(field => [field.path, field]));
}

/** What a type's size and the places of the members it keeps became. */
function moved(name: string, before: Layout, after: Layout, kept: (path: string) => boolean) {
  const changes: Omit<ChangeFact, 'release'>[] = [];
  for (const what of ['size', 'align'] as const) {
    if (before[what] !== after[what])
      changes.push({ kind: 'type', name, what, from: before[what], to: after[what] });
  }
  const old = offsets(before);
  for (const { path, offset } of after.fields) {
    const from = old.get(path)?.offset;
    if (from === undefined || from === offset || !kept(path)) continue;
    changes.push({ kind: 'member', name: `${name}.${path}`, what: 'offset', from, to: offset });
  }
  return changes;
}

/** What says something else in one release than in the one before it, under the same name. */
export function changesBetween(
  { before, after }: { readonly before: Items; readonly after: Items },
  release: string,
  oldTypes: TypeTable | undefined,
  newTypes: TypeTable | undefined,
): ChangeFact[] {
  const changes: Omit<ChangeFact, 'release'>[] = [];
  for (const [key, { kind, name, says }] of after) {
    const from = before.get(key);
    if (!from) continue;
    const what = WHAT[kind];
    if (what && says !== undefined && JSON.stringify(from.says) !== JSON.stringify(says)) {
      changes.push({ kind, name, what, from: from.says!, to: says });
    }
    if (!oldTypes || !newTypes || (kind !== 'type' && kind !== 'typedef')) continue;
    const [then, now] = [layout(oldTypes, name), layout(newTypes, name)];
    const kept = (path: string) => after.has(`member ${name}.${path}`);
    if (then && now) changes.push(...moved(name, then, now, kept));
  }
  return changes.map(({ kind, name, ...rest }) => ({ kind, name, release, ...rest }));
}
