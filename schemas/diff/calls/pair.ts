/** One call of two versions, each with the types of its own. */
import type { Semantics } from '../../generated/types/semantics.ts';
import { buildTypeTable, type Facts, LayoutError, type TypeTable } from '../../layout/index.ts';
import type { DescribedCall, Interface } from '../interface.ts';

export interface CallSide {
  readonly semantics: Semantics;
  readonly types: TypeTable;
}

export interface CallPair {
  /** `OWNER.KEY`, which the ids of its rules begin with. */
  readonly id: string;
  readonly old: CallSide;
  readonly new: CallSide;
}

/** The header that has the request, with what else can stand beside it in one table. */
function typesFor({ semantics }: DescribedCall, { facts, support = [] }: Interface): TypeTable {
  const own = facts.filter(({ ioctls }) => ioctls.some(({ name }) => name === semantics.call));
  let kept: readonly Facts[] = own;
  for (const other of [...facts, ...support]) {
    // A driver's header knows the core's names and no other driver's.
    if (kept.includes(other) || (own.length > 0 && /_(accel|drm)\.h$/.test(other.header))) continue;
    try {
      buildTypeTable([...kept, other]);
      kept = [...kept, other];
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
    }
  }
  return buildTypeTable(kept);
}

export interface CallPairing {
  readonly pairs: readonly CallPair[];
  readonly removed: readonly DescribedCall[];
  readonly added: readonly DescribedCall[];
}

const keyOf = ({ owner, semantics }: DescribedCall) => `${owner} ${semantics.call}`;

export function pairCalls(before: Interface, after: Interface): CallPairing {
  const old = new Map(before.calls.map(call => [keyOf(call), call]));
  const now = new Map(after.calls.map(call => [keyOf(call), call]));
  const pairs = [...old].flatMap(([key, a]): CallPair[] => {
    const b = now.get(key);
    if (!b) return [];
    return [
      {
        id: `${b.owner}.${b.semantics.key}`,
        old: { semantics: a.semantics, types: typesFor(a, before) },
        new: { semantics: b.semantics, types: typesFor(b, after) },
      },
    ];
  });
  return {
    pairs,
    removed: [...old].flatMap(([key, call]) => (now.has(key) ? [] : [call])),
    added: [...now].flatMap(([key, call]) => (old.has(key) ? [] : [call])),
  };
}
