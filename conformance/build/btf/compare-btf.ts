/** Our layouts beside those that a shipped kernel or module was built with. */
import {
  type Facts,
  type FieldLayout,
  factToBigint,
  LayoutError,
  layoutOf,
  type TypeTable,
} from '../../../schemas/layout/index.ts';
import type { AbiName } from '../../../schemas/program/program.ts';
import { askable } from '../type-questions.ts';
import { enumerators, type Place, places } from './btf-layout.ts';
import { type Btf, type BtfType, KIND } from './read-btf.ts';

export interface BtfReport {
  /** Structs and unions that were compared, and how many members. */
  readonly types: number;
  readonly members: number;
  /** Members of enums that were compared. */
  readonly values: number;
  /** One sentence each. */
  readonly differences: readonly string[];
  /** Types and members of enums of the header that the kernel's types do not have: nothing in it uses them. */
  readonly unused: { readonly types: readonly string[]; readonly values: readonly string[] };
}

/** Members that one side has alone, and those that lie elsewhere or have another size. */
function memberDifferences(ours: readonly Place[], theirs: readonly Place[]): string[] {
  const known = new Map(theirs.map(place => [place.path, place]));
  const differences = ours.flatMap(({ path, offset, size }) => {
    const there = known.get(path);
    known.delete(path);
    if (!there) return [`${path} is not in the kernel`];
    const same = there.offset === offset && there.size === size;
    return same
      ? []
      : [`${path} has offset ${offset} and size ${size}, in the kernel ${there.offset} and ${there.size}`];
  });
  return [...differences, ...[...known.keys()].map(path => `${path} is only in the kernel`)];
}

function typeDifferences(size: number, fields: readonly FieldLayout[], btf: Btf, there: BtfType): string[] {
  const own = size === there.sizeOrType ? [] : [`the size is ${size}, in the kernel ${there.sizeOrType}`];
  return [...own, ...memberDifferences(fields, places(btf, there))];
}

function compareTypes(facts: Facts, types: TypeTable, abi: AbiName, btf: Btf) {
  const result = { types: 0, members: 0, differences: [] as string[], unused: [] as string[] };
  for (const { name, kind } of facts.types) {
    // A tag may stand for several types, since two files need not agree: each of them has to be as ours.
    const found = btf.named(name, kind === 'struct' ? KIND.STRUCT : KIND.UNION);
    if (found.length === 0) {
      result.unused.push(name);
      continue;
    }
    try {
      const layout = layoutOf(types, name, abi);
      const fields = askable(layout);
      result.types += 1;
      result.members += fields.length;
      const differences = found.flatMap(there => typeDifferences(layout.size, fields, btf, there));
      result.differences.push(...[...new Set(differences)].map(each => `${kind} ${name}: ${each}`));
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      result.differences.push(`${kind} ${name}: ${error.message}`);
    }
  }
  return result;
}

/** What every enum of that tag says that has one of the names; without a tag there is nothing else to know it by. */
function enumsLike(btf: Btf, tag: string | null, names: readonly string[]): Map<string, bigint>[] {
  const all = btf.named(tag ?? '', KIND.ENUM, KIND.ENUM64);
  const values = all.map(type => new Map(enumerators(btf, type).map(({ name, value }) => [name, value])));
  return values.filter(each => names.some(name => each.has(name)));
}

/** BTF keeps 32 bits of a value that fits in them, and the extractor's sign may differ from the compiler's. */
function isSame(ours: bigint, theirs: bigint): boolean {
  return ours === theirs || (theirs >> 32n === 0n && BigInt.asUintN(32, ours) === theirs);
}

function compareEnums({ enums }: Facts, btf: Btf) {
  const result = { values: 0, differences: [] as string[], unused: [] as string[] };
  for (const { name: tag, members } of enums) {
    const names = members.map(({ name }) => name);
    const found = enumsLike(btf, tag, names);
    if (found.length === 0) {
      result.unused.push(...names);
      continue;
    }
    result.values += names.length;
    for (const { name, value } of members) {
      const ours = BigInt.asUintN(64, factToBigint(value));
      for (const theirs of found.map(each => each.get(name))) {
        if (theirs === undefined) result.differences.push(`${name} is not in the kernel's enum`);
        else if (!isSame(ours, theirs))
          result.differences.push(`${name} is ${ours}, in the kernel ${theirs}`);
      }
    }
  }
  return result;
}

/** Compares every struct, union and enum of a header with the type of the same name, where there is one. */
export function compareWithBtf(facts: Facts, types: TypeTable, abi: AbiName, btf: Btf): BtfReport {
  const composites = compareTypes(facts, types, abi, btf);
  const enums = compareEnums(facts, btf);
  return {
    types: composites.types,
    members: composites.members,
    values: enums.values,
    differences: [...composites.differences, ...enums.differences],
    unused: { types: composites.unused, values: enums.unused },
  };
}
