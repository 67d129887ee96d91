import type { TypeTable } from '../layout/type-table.ts';
import type { ChangeFact, Facts, GoneFact, ItemKind, MemberFact, ReleaseFact } from '../layout/types.ts';
import { changesBetween } from './changes.ts';
import { type Item, itemKey, itemsOf, mapMembers, mapTypedef } from './items.ts';

/** What one release says of a header. */
export interface Edition {
  readonly release: ReleaseFact;
  /** None when the release has no such header. */
  readonly facts?: Facts;
  /** The header's types with those of the DRM core, as that release has them. */
  readonly types?: TypeTable;
}

interface Dated extends Edition {
  readonly items: ReadonlyMap<string, Item>;
}

/** The oldest release of the run without a gap that ends at `last`; undefined when it is the oldest of all. */
function startOf(editions: readonly Dated[], last: number, key: string): string | undefined {
  let first = last;
  while (first > 0 && editions[first - 1]!.items.has(key)) first -= 1;
  return first === 0 ? undefined : editions[first]!.release.release;
}

function goneItems(editions: readonly Dated[]): GoneFact[] {
  const newest = editions.length - 1;
  const gone = new Map<string, GoneFact>();
  // From the newest to the oldest: the first release that has it is the last that had it.
  for (let at = newest - 1; at >= 0; at--) {
    const { items, release } = editions[at]!;
    for (const [key, { kind, name, says }] of items) {
      if (gone.has(key) || editions[newest]!.items.has(key)) continue;
      const since = startOf(editions, at, key);
      gone.set(key, {
        kind,
        name,
        ...(since === undefined ? {} : { since }),
        until: release.release,
        ...(says === undefined ? {} : { was: says }),
      });
    }
  }
  return [...gone.values()];
}

function allChanges(editions: readonly Dated[]): ChangeFact[] {
  const present = editions.filter(({ facts }) => facts !== undefined);
  return present.slice(1).flatMap((to, at) => {
    const from = present[at]!;
    const names = { before: from.items, after: to.items };
    return changesBetween(names, to.release.release, from.types, to.types);
  });
}

/**
 * Adds to the facts of a header what older releases of it tell: `since` to every item that the oldest lacks, the list
 * of what is gone, and what changed under its name. `editions` run from the oldest to the one of the facts.
 */
export function withHistory(facts: Facts, editions: readonly Edition[]): Facts {
  const dated = editions.map(each => ({ ...each, items: each.facts ? itemsOf(each.facts) : new Map() }));
  const since = (kind: ItemKind, name: string): { since?: string } => {
    const start = startOf(dated, dated.length - 1, itemKey(kind, name));
    return start === undefined ? {} : { since: start };
  };
  const member = (path: string, fact: MemberFact): MemberFact => ({ ...fact, ...since('member', path) });
  const gone = goneItems(dated);
  const changes = allChanges(dated);
  const { header, kernel, source } = facts;
  return {
    header,
    kernel,
    source,
    releases: editions.map(({ release }) => release),
    constants: facts.constants.map(each => ({ ...each, ...since('constant', each.name) })),
    enums: facts.enums.map(({ name, line, members }) => ({
      name,
      line,
      ...(name === null ? {} : since('enum', name)),
      members: members.map(each => ({ ...each, ...since('constant', each.name) })),
    })),
    types: facts.types.map(({ name, kind, line, members, ...attributes }) => ({
      name,
      kind,
      line,
      ...since('type', name),
      ...attributes,
      members: mapMembers(members, name, member),
    })),
    typedefs: facts.typedefs.map(({ name, type, line }) => ({
      name,
      type: mapTypedef(type, name, member),
      line,
      ...since('typedef', name),
    })),
    ioctls: facts.ioctls.map(each => ({ ...each, ...since('ioctl', each.name) })),
    unresolved: facts.unresolved,
    ...(gone.length > 0 ? { gone } : {}),
    ...(changes.length > 0 ? { changes } : {}),
  };
}
