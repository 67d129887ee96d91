import type { AbiName } from '../program/program.ts';
import type { CompositeFact, ConstantFact, CType, EnumFact, Facts, IoctlFact } from './types.ts';
import { factToBigint } from './types.ts';

/** A name no facts have, facts that contradict one another, or a type without a known layout. */
export class LayoutError extends Error {
  /** The fact that is wrong: its header, and its place in the facts. */
  readonly fact: FactPlace | undefined;

  constructor(message: string, fact?: FactPlace) {
    super(message);
    this.fact = fact;
  }
}

export interface FactPlace {
  readonly header: string;
  readonly at: readonly (string | number)[];
}

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
function add<T>(map: Map<string, T>, kind: string, name: string, value: T, place: FactPlace): void {
  const known = map.get(name);
  if (known !== undefined && meaning(known) !== meaning(value)) {
    throw new LayoutError(
      `${kind} ${name} of ${place.header} differs from the one of an earlier header in the same table`,
      place,
    );
  }
  if (known === undefined) map.set(name, value);
}

function constantOf({ value, abi }: ConstantFact): ConstantValue {
  const others = Object.entries(abi ?? {}).map(([name, other]) => [name, factToBigint(other)]);
  return { value: factToBigint(value), abi: Object.fromEntries(others) };
}

/**
 * Joins the facts of headers that belong together, such as a driver's and those of the DRM core, which may be a table
 * already. Throws {@link LayoutError} when two of them give one name different meanings.
 */
export function buildTypeTable(facts: readonly Facts[], of?: TypeTable): TypeTable {
  const composites = new Map(of?.composites);
  const enums = new Map(of?.enums);
  const typedefs = new Map(of?.typedefs);
  const ioctls = new Map(of?.ioctls);
  const constants = new Map(of?.constants);
  for (const file of facts) {
    const place = (...at: (string | number)[]): FactPlace => ({ header: file.header, at });
    for (const [index, fact] of file.types.entries())
      add(composites, fact.kind, fact.name, fact, place('types', index));
    for (const [index, fact] of file.enums.entries()) {
      if (fact.name !== null) add(enums, 'enum', fact.name, fact, place('enums', index));
      for (const [at, member] of fact.members.entries())
        add(constants, 'constant', member.name, constantOf(member), place('enums', index, 'members', at));
    }
    for (const [index, fact] of file.typedefs.entries())
      add(typedefs, 'typedef', fact.name, fact.type, place('typedefs', index));
    for (const [index, fact] of file.ioctls.entries())
      add(ioctls, 'ioctl', fact.name, fact, place('ioctls', index));
    for (const [index, fact] of file.constants.entries())
      add(constants, 'constant', fact.name, constantOf(fact), place('constants', index));
  }
  const constantValue = (name: string, abi: AbiName = 'x86_64'): bigint => {
    const known = constants.get(name);
    if (!known) throw new LayoutError(`no header in this table defines the constant ${name}`);
    return known.abi[abi] ?? known.value;
  };
  return { composites, enums, typedefs, ioctls, constants, constantValue };
}
