/** What a number in an argument stands for: flags by name, one of a set of values, a handle, a pointer, a time. */
import type { FieldRole, Owner } from '../../schemas/index.ts';

export interface Meaning {
  readonly text: string;
  /** What a reader should look at: an unknown bit, a reserved member that is not zero. */
  readonly wrong?: string;
}

/** Names with values of a set that semantics name, or of an enum type. */
export function namedValues(owner: Owner, role: FieldRole | undefined, type: string): [string, bigint][] {
  const tag = role?.values?.enum ?? (type.startsWith('enum ') ? type.slice(5) : undefined);
  const names =
    tag === undefined
      ? (role?.values?.constants ?? [])
      : (owner.types.enums.get(tag)?.members ?? []).map(member => member.name);
  return names.map(name => [name, owner.types.constantValue(name)]);
}

function flags(value: bigint, known: readonly [string, bigint][]): Meaning {
  if (value === 0n) return { text: known.find(([, bits]) => bits === 0n)?.[0] ?? 'no flag' };
  if (known.length === 0) return { text: '' };
  let rest = value;
  const names: string[] = [];
  for (const [name, bits] of known) {
    // An enum of flags may hold bit numbers and masks as well; what has no bit of the value says nothing.
    const unsigned = BigInt.asUintN(64, bits);
    if (unsigned === 0n || (value & unsigned) !== unsigned || (rest & unsigned) === 0n) continue;
    names.push(name);
    rest &= ~unsigned;
  }
  if (rest === 0n) return { text: names.join(' | ') };
  const left = `0x${rest.toString(16)}`;
  return {
    text: [...names, left].join(' | '),
    wrong: `${left} is no known flag`,
  };
}

const SECOND_NS = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

function duration(ns: bigint): string {
  if (ns < 0n) return 'negative';
  if (ns >= SECOND_NS * 1_000_000n) return 'practically for ever';
  return ns >= SECOND_NS ? `${Number(ns) / 1e9} s` : ns >= 1_000_000n ? `${Number(ns) / 1e6} ms` : `${ns} ns`;
}

function pointer(value: bigint, role: FieldRole | undefined): Meaning {
  if (value === 0n) return { text: 'NULL' };
  const { target } = role ?? {};
  const what = target?.struct
    ? `struct ${target.struct}`
    : target?.element
      ? `an array of ${target.element}`
      : 'memory of the caller';
  const length = target?.count ?? target?.bytes;
  return { text: `address of ${what}${length === undefined ? '' : `, ${length} says how much`}` };
}

/**
 * @param value unsigned or signed as the C type is
 * @param role the described role; without one `guess`, which is a role by name and type
 */
export function meaningOf(
  owner: Owner,
  value: bigint,
  role: FieldRole | undefined,
  guess: FieldRole['role'],
  type: string,
): Meaning {
  const kind = role?.role ?? guess;
  const known = namedValues(owner, role, type);
  if (kind === 'flags') return flags(BigInt.asUintN(64, value), known);
  if (known.length > 0) {
    const found = known.find(([, each]) => BigInt.asUintN(64, each) === BigInt.asUintN(64, value));
    if (found) return { text: found[0] };
    const set = role?.values?.enum ?? type.replace(/^enum /, '');
    return { text: '', wrong: role?.values?.constants ? 'none of the known values' : `none of enum ${set}` };
  }
  switch (kind) {
    case 'reserved':
      return value === 0n
        ? { text: 'reserved' }
        : { text: 'reserved', wrong: 'reserved, and not zero: a driver that keeps the rules refuses it' };
    case 'handle':
      return {
        text: value === 0n ? 'no handle' : (role?.resource?.replaceAll('_', ' ') ?? 'a handle'),
      };
    case 'descriptor':
      return {
        text:
          value < 0n ? 'no descriptor' : `descriptor${role?.descriptor ? ` of a ${role.descriptor}` : ''}`,
      };
    case 'pointer':
      return pointer(value, role);
    case 'address':
      return { text: 'an address' };
    case 'timeout':
      if (role?.clock === 'absolute') return { text: 'ns of CLOCK_MONOTONIC' };
      if (role?.unit === 'ms') return { text: duration(value * NS_PER_MS) };
      return { text: role?.unit === 'ns' ? duration(value) : 'a timeout' };
    case 'bytes':
      return { text: role?.unit === 'page' ? 'pages' : 'bytes' };
    case 'count':
      return { text: 'a count' };
    case 'offset':
      return { text: 'an offset' };
    default:
      return { text: '' };
  }
}
