/** One version of an interface, as far as it is known: headers, described calls, netlink families. */
import type { Semantics } from '../generated/types/semantics.ts';
import { buildTypeTable, type Facts, LayoutError, type TypeTable } from '../layout/index.ts';
import type { Family } from './netlink.ts';

export interface DescribedCall {
  /** Who has it: `drm`, `file` or the driver's name; its rules go by `OWNER.KEY.RULE`. */
  readonly owner: string;
  readonly semantics: Semantics;
}

export interface Interface {
  /** As the user named it. */
  readonly name: string;
  readonly facts: readonly Facts[];
  /** Headers that the others need for their types and that are not compared themselves. */
  readonly support?: readonly Facts[];
  readonly calls: readonly DescribedCall[];
  readonly families: readonly Family[];
}

/** One header of one version, with the types that it may use. */
export interface HeaderSide {
  readonly facts: Facts;
  readonly types: TypeTable;
}

export interface HeaderPair {
  readonly old: HeaderSide;
  readonly new: HeaderSide;
}

export interface Pairing {
  readonly pairs: readonly HeaderPair[];
  readonly removed: readonly Facts[];
  readonly added: readonly Facts[];
}

/** What drivers' headers include. */
const SHARED: readonly string[] = ['drm/drm.h', 'drm/drm_mode.h'];
/** A header moved when this part of its names is found in one that is new. */
const SAME_HEADER = 0.3;

function sideOf(facts: Facts, whole: Interface): HeaderSide {
  const others = [...whole.facts.filter(({ header }) => SHARED.includes(header)), ...(whole.support ?? [])];
  let kept: readonly Facts[] = [facts];
  for (const other of others) {
    if (kept.some(({ header }) => header === other.header)) continue;
    try {
      buildTypeTable([...kept, other]);
      kept = [...kept, other];
    } catch (error) {
      // Two headers may give one name two meanings; the one that is compared counts.
      if (!(error instanceof LayoutError)) throw error;
    }
  }
  return { facts, types: buildTypeTable(kept) };
}

function namesOf(facts: Facts): Set<string> {
  const { constants, enums, types, ioctls } = facts;
  return new Set(
    [...constants, ...enums.flatMap(({ members }) => members), ...types, ...ioctls].map(({ name }) => name),
  );
}

function likeness(a: Facts, b: Facts): number {
  const [left, right] = [namesOf(a), namesOf(b)];
  const common = [...left].filter(name => right.has(name)).length;
  return common / Math.max(1, Math.min(left.size, right.size));
}

/** Pairs the headers of two versions: by path, else the two files that were named, else by the names they share. */
export function pairHeaders(before: Interface, after: Interface): Pairing {
  const matches: [Facts, Facts][] = [];
  const left = new Set(before.facts);
  const right = new Set(after.facts);
  const match = (a: Facts, b: Facts) => {
    matches.push([a, b]);
    left.delete(a);
    right.delete(b);
  };
  for (const facts of before.facts) {
    const same = after.facts.find(({ header }) => header === facts.header);
    if (same) match(facts, same);
  }
  if (before.facts.length === 1 && after.facts.length === 1 && left.size === 1)
    match(before.facts[0]!, after.facts[0]!);
  for (const facts of [...left]) {
    const [best] = [...right].sort((a, b) => likeness(facts, b) - likeness(facts, a));
    if (best && likeness(facts, best) >= SAME_HEADER) match(facts, best);
  }
  return {
    pairs: matches.map(([a, b]) => ({ old: sideOf(a, before), new: sideOf(b, after) })),
    removed: [...left],
    added: [...right],
  };
}
