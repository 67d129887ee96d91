/** The values of an enum or of listed constants. */
import type { TypeTable } from '../layout/type-table.ts';
import type { ValueSet } from './environment.ts';

/** What was last made of a set: sets belong to one description, and that to one table or to a few. */
const known = new WeakMap<ValueSet, { readonly types: TypeTable; readonly values: readonly bigint[] }>();

/** The same list each time: a set is asked for in every call, and what is made of it can be kept by it. */
export function valuesOf(types: TypeTable, set: ValueSet): readonly bigint[] {
  const last = known.get(set);
  if (last?.types === types) return last.values;
  const names = set.constants ?? types.enums.get(set.enum!)?.members.map(({ name }) => name) ?? [];
  const values = names.map(name => types.constantValue(name));
  known.set(set, { types, values });
  return values;
}
