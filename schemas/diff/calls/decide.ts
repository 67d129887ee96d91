/**
 * Whether one condition refuses more than another, by trying both on the values at which they may turn: the numbers
 * that they name and those beside them, every bit and value of their sets. What only the kernel can know - a handle,
 * a state - is tried both ways.
 */

import { holds } from '../../algebra/compile.ts';
import type { Environment, ValueSet } from '../../algebra/environment.ts';
import type { Condition } from '../../generated/types/semantics.ts';
import { factToBigint, layoutOf, type TypeTable } from '../../layout/index.ts';

export interface Decision {
  /** Some call is refused by the second and not by the first. */
  readonly more: boolean;
  readonly less: boolean;
}

/** Enough for every pair of turning points of four members; beyond it only pairs of variables are tried. */
const TRIES = 30_000;

function* numbersIn(value: unknown): Generator<bigint> {
  if (typeof value === 'number') yield BigInt(value);
  else if (typeof value === 'string' && /^-?0x[0-9a-f]+$/.test(value)) yield factToBigint(value);
  else if (Array.isArray(value)) for (const each of value) yield* numbersIn(each);
  else if (value && typeof value === 'object')
    for (const each of Object.values(value)) yield* numbersIn(each);
}

function* namesIn(value: unknown, key: string): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* namesIn(each, key);
  else if (value && typeof value === 'object')
    for (const [name, each] of Object.entries(value)) {
      if (name === key && typeof each === 'string') yield each;
      else yield* namesIn(each, key);
    }
}

export function valuesOf(types: TypeTable, set: ValueSet): bigint[] {
  const members = set.enum === undefined ? [] : (types.enums.get(set.enum)?.members ?? []);
  return [
    ...members.map(({ value }) => factToBigint(value)),
    ...(set.constants ?? []).map(name => constantIn(types, name)),
  ];
}

/** A constant that a version does not have counts as a value that nothing has. */
function constantIn(types: TypeTable, name: string): bigint {
  return types.constants.has(name) ? types.constantValue(name) : 0n;
}

function sizeIn(types: TypeTable, name: string): bigint {
  try {
    return BigInt(layoutOf(types, name, 'x86_64').size);
  } catch {
    return 0n;
  }
}

function setsIn(value: unknown): ValueSet[] {
  if (Array.isArray(value)) return value.flatMap(setsIn);
  if (!value || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'values' ? [each as ValueSet] : setsIn(each),
  );
}

/** Values at which a number of these conditions may turn the answer. */
function turningPoints(conditions: readonly Condition[], tables: readonly TypeTable[]): bigint[] {
  const points = new Set<bigint>([0n, 1n, 2n, 0xffffffffn]);
  const near = (value: bigint) => {
    for (const each of [value - 1n, value, value + 1n]) if (each >= 0n) points.add(each);
  };
  for (const value of numbersIn(conditions)) near(value);
  for (const types of tables) {
    for (const name of namesIn(conditions, 'const')) near(constantIn(types, name));
    for (const name of namesIn(conditions, 'sizeof')) near(sizeIn(types, name));
    const members = setsIn(conditions).flatMap(set => valuesOf(types, set));
    for (const value of members) points.add(value);
    if (members.length > 0) {
      const highest = members.reduce((a, b) => (a > b ? a : b));
      points.add(highest + 1n);
      points.add(1n << BigInt(highest.toString(2).length));
    }
  }
  return [...points];
}

type Values = ReadonlyMap<string, bigint>;

/** A world of named numbers: what is asked of it is noted, and answered 0 when it has no value yet. */
class World implements Environment {
  readonly asked = new Map<string, 'number' | 'yesno'>();
  private readonly types: TypeTable;
  private readonly sizes: TypeTable;
  private readonly given: Values;
  private readonly fixed: ReadonlySet<string>;

  constructor(types: TypeTable, sizes: TypeTable, given: Values, fixed: ReadonlySet<string>) {
    this.types = types;
    this.sizes = sizes;
    this.given = given;
    this.fixed = fixed;
  }

  private ask(name: string, kind: 'number' | 'yesno' = 'number'): bigint {
    if (this.fixed.has(name)) return 0n;
    this.asked.set(name, kind);
    return this.given.get(name) ?? 0n;
  }
  private is(name: string): boolean {
    return this.ask(name, 'yesno') !== 0n;
  }
  field(path: string): bigint {
    return this.ask(`field ${path}`);
  }
  constant(name: string): bigint {
    return constantIn(this.types, name);
  }
  param(name: string): bigint {
    return this.ask(`param ${name}`);
  }
  text(name: string): string {
    return name;
  }
  property(object: string, name: string): bigint {
    return this.ask(`property ${object}.${name}`);
  }
  /** A struct that has another length is told of the struct. */
  sizeof(type: string): bigint {
    return sizeIn(this.sizes.composites.has(type) ? this.sizes : this.types, type);
  }
  handle(resource: string): boolean {
    return this.is(`handle ${resource}`);
  }
  minor(): boolean {
    return this.is('minor');
  }
  call(): boolean {
    return this.is('call');
  }
  index(name: string): bigint {
    return this.ask(`index ${name}`);
  }
  now(): bigint {
    return this.ask('now');
  }
  argument(): bigint {
    return this.ask('argument');
  }
  number(name: string): bigint {
    return this.ask(`number ${name}`);
  }
  model(name: string): boolean {
    return this.is(`model ${name}`);
  }
  forbidden(): boolean {
    return this.is('forbidden');
  }
  unplugged(): boolean {
    return this.is('unplugged');
  }
  descriptor(_value: bigint, kind = 'file'): boolean {
    return this.is(`descriptor ${kind}`);
  }
  absent(object: string): boolean {
    return this.is(`absent ${object}`);
  }
  same(a: string, b: string): boolean {
    return this.is(`same ${a} ${b}`);
  }
  attachedTwice(object: string): boolean {
    return this.is(`twice ${object}`);
  }
  predicate(name: string): { broken?: string; unread: boolean } {
    return { ...(this.is(`broken ${name}`) ? { broken: name } : {}), unread: this.is(`unread ${name}`) };
  }
  bytes(): Uint8Array {
    return Uint8Array.of(this.is('printable') ? 0x41 : 0);
  }
  readable(_address: bigint, length: bigint): boolean {
    return length <= this.ask('readable bytes');
  }
  writable(_address: bigint, length: bigint): boolean {
    return length <= this.ask('writable bytes');
  }
  values(set: ValueSet): readonly bigint[] {
    return valuesOf(this.types, set);
  }
}

interface Side {
  /** Undefined for a check that is not there: it refuses nothing. */
  readonly condition: Condition | undefined;
  readonly types: TypeTable;
}

/** @param zero fields that an old program cannot give, so that the core clears them: `field NAME` */
export function decide(before: Side, after: Side, zero: ReadonlySet<string>): Decision {
  const conditions = [before, after].flatMap(({ condition }) => (condition ? [condition] : []));
  const points = turningPoints(conditions, [before.types, after.types]);
  const refuses = ({ condition, types }: Side, given: Values, asked?: Map<string, 'number' | 'yesno'>) => {
    if (!condition) return false;
    const world = new World(types, before.types, given, zero);
    let result = false;
    try {
      result = holds(condition, world);
    } catch (error) {
      // A division by a number that is 0 here.
      if (!(error instanceof RangeError)) throw error;
    }
    for (const [name, kind] of world.asked) asked?.set(name, kind);
    return result;
  };
  let [more, less] = [false, false];
  const attempt = (given: Values, asked: Map<string, 'number' | 'yesno'>) => {
    const [was, is] = [refuses(before, given, asked), refuses(after, given, asked)];
    more ||= is && !was;
    less ||= was && !is;
  };
  // What is asked for depends on the answers, so variables are found while trying.
  const variables = new Map<string, 'number' | 'yesno'>();
  const choices = (name: string) => (variables.get(name) === 'yesno' ? [0n, 1n] : points);
  let known = -1;
  while (known !== variables.size && !(more && less)) {
    known = variables.size;
    attempt(new Map(), variables);
    const names = [...variables.keys()];
    const all = names.reduce((product, name) => product * choices(name).length, 1);
    const groups = all <= TRIES ? [names] : names.flatMap((a, i) => names.slice(i).map(b => [a, b]));
    for (const group of groups) tryAll([...new Set(group)], choices, given => attempt(given, variables));
  }
  return { more, less };
}

function tryAll(
  names: readonly string[],
  choices: (name: string) => readonly bigint[],
  attempt: (given: Values) => void,
  given: ReadonlyMap<string, bigint> = new Map(),
): void {
  const [first, ...rest] = names;
  if (first === undefined) attempt(given);
  else
    for (const value of choices(first)) tryAll(rest, choices, attempt, new Map([...given, [first, value]]));
}
