/** What members may hold by their description, and the values at the edges of it. */
import type { DriverDescription } from '../../catalogue/catalogue.ts';
import type { ValueSet } from '../../generated/types/semantics.ts';
import type { Vector } from '../../generated/types/vectors.ts';
import { type FieldLayout, layoutOf } from '../../layout/layout.ts';
import { factToBigint } from '../../layout/types.ts';
import { agreedRoles } from '../ts/roles.ts';

export interface MemberSet {
  readonly path: string;
  /** How a value that is not allowed is called. */
  readonly kind: Exclude<Vector['wrong'], 'short' | 'hole' | undefined>;
  readonly values: readonly bigint[];
  allows(value: bigint): boolean;
}

function numbers(driver: DriverDescription, { enum: tag, constants }: ValueSet): bigint[] {
  const members = tag === undefined ? [] : (driver.types.enums.get(tag)?.members ?? []);
  const named = (constants ?? []).map(name => driver.types.constants.get(name)!.value);
  return [...members.map(({ value }) => factToBigint(value)), ...named.map(value => BigInt(value))];
}

/** The members of a struct that may not hold every number, in the order of the description. */
export function memberSets(driver: DriverDescription, struct: string): MemberSet[] {
  const fields = new Map(layoutOf(driver.types, struct, 'x86_64').fields.map(field => [field.path, field]));
  return Object.entries(agreedRoles(driver, struct)?.roles ?? {}).flatMap(([path, role]): MemberSet[] => {
    if (!fields.get(path)?.scalar) return [];
    if (role.role === 'reserved')
      return [{ path, kind: 'reserved', values: [], allows: value => value === 0n }];
    if (!('values' in role) || !role.values || role.direction === 'out') return [];
    const values = numbers(driver, role.values);
    const bits = values.reduce((all, value) => all | value, 0n);
    if (role.role === 'flags')
      return [{ path, kind: 'flags', values, allows: value => (value & ~bits) === 0n }];
    if (role.role === 'selector')
      return [{ path, kind: 'values', values, allows: value => values.includes(value) }];
    return [];
  });
}

/** Every value that is named, those next to it, and the lowest bit that no flag has. */
export function edgesOf({ kind, values }: MemberSet, { scalar }: FieldLayout): bigint[] {
  const most = (1n << BigInt(scalar!.bytes * 8)) - 1n;
  const found = new Set<bigint>();
  for (const value of values) {
    found.add(value);
    if (kind === 'values') found.add(value - 1n).add(value + 1n);
  }
  if (kind === 'flags') {
    const bits = values.reduce((all, value) => all | value, 0n);
    found.add(bits);
    for (let bit = 1n; bit <= most; bit <<= 1n)
      if ((bits & bit) === 0n) {
        found.add(bit);
        break;
      }
  }
  return [...found].filter(value => value >= 0n && value <= most);
}
