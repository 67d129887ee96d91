import type { AbiName } from '../program/program.ts';
import type { CompositeFact, CType, EnumFact, Facts, IoctlFact } from './types.ts';
import { factToBigint } from './types.ts';

/** A name no facts have, facts that contradict one another, or a type without a known layout. */
export class LayoutError extends Error {}

/** The value of a constant, and those on the ABIs where it is another one. */
export interface ConstantValue {
  readonly value: bigint;
  readonly abi: Readonly<Partial<Record<AbiName, bigint>>>;
}

/** What one or several headers say, by C name. Build it once and keep it: layouts are cached by it. */
export interface TypeTable {
  readonly composites: ReadonlyMap<string, CompositeFact>;
  /** Enums with a tag. */
  readonly enums: ReadonlyMap<string, EnumFact>;
  readonly typedefs: ReadonlyMap<string, CType>;
  readonly ioctls: ReadonlyMap<string, IoctlFact>;
  /** Macros and enum members alike. */
  readonly constants: ReadonlyMap<string, ConstantValue>;
  /**
   * The value of a macro or enum member as C sees it (`1 << 31` is negative). Few depend on the ABI; x86_64 is meant
   * when none is given. Throws {@link LayoutError} when there is none of that name.
   */
  constantValue(name: string, abi?: AbiName): bigint;
}

/** What two headers may both say, apart from where they say it. */
function meaning(fact: unknown): string {
  return JSON.stringify(fact, (key, value: unknown) => {
    if (key === 'line' || key === 'since') return undefined;
    return typeof value === 'bigint' ? value.toString() : value;
  });
}

/** Adds an entry; the same name twice is fine as long as both say the same. */
function add<T>(map: Map<string, T>, kind: string, name: string, value: T, header: string): void {
  const known = map.get(name);
  if (known !== undefined && meaning(known) !== meaning(value)) {
    throw new LayoutError(
      `${kind} ${name} of ${header} differs from the one of an earlier header in the same table`,
    );
  }
  if (known === undefined) map.set(name, value);
}

/**
 * Joins the facts of headers that belong together, such as a driver's and those of the DRM core. Throws
 * {@link LayoutError} when two of them give one name different meanings.
 */
export function buildTypeTable(facts: readonly Facts[]): TypeTable {
  const composites = new Map<string, CompositeFact>();
  const enums = new Map<string, EnumFact>();
  const typedefs = new Map<string, CType>();
  const ioctls = new Map<string, IoctlFact>();
  const constants = new Map<string, ConstantValue>();
  for (const { header, types, ...of } of facts) {
    for (const fact of types) add(composites, fact.kind, fact.name, fact, header);
    for (const fact of of.enums) if (fact.name !== null) add(enums, 'enum', fact.name, fact, header);
    for (const fact of of.typedefs) add(typedefs, 'typedef', fact.name, fact.type, header);
    for (const fact of of.ioctls) add(ioctls, 'ioctl', fact.name, fact, header);
    for (const fact of [...of.constants, ...of.enums.flatMap(one => one.members)]) {
      const others = Object.entries(fact.abi ?? {}).map(([abi, value]) => [abi, factToBigint(value)]);
      const value = { value: factToBigint(fact.value), abi: Object.fromEntries(others) };
      add(constants, 'constant', fact.name, value, header);
    }
  }
  const constantValue = (name: string, abi: AbiName = 'x86_64'): bigint => {
    const known = constants.get(name);
    if (!known) throw new LayoutError(`no header in this table defines the constant ${name}`);
    return known.abi[abi] ?? known.value;
  };
  return { composites, enums, typedefs, ioctls, constants, constantValue };
}
