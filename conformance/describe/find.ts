/** What `DRIVER[.NAME]` means: a whole description, or a call, a struct, an enum or a constant of it. */
import {
  type CallDescription,
  callKeys,
  type EnumFact,
  type IoctlFact,
  type Owner,
  owners,
} from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { UsageError } from '../run/usage-error.ts';
import { interfaceNames } from './interface.ts';

export type Found =
  | { readonly kind: 'all' }
  /** A described call, with or without a request. */
  | { readonly kind: 'call'; readonly call: CallDescription }
  /** A request of which only the header is described. */
  | { readonly kind: 'ioctl'; readonly ioctl: IoctlFact }
  | { readonly kind: 'struct'; readonly name: string }
  | { readonly kind: 'enum'; readonly fact: EnumFact }
  | { readonly kind: 'constant'; readonly name: string };

/** Both kinds of file that a node hands out. */
function files(): Owner {
  const both = owners().filter(({ kind }) => kind === 'file');
  return {
    ...both[0]!,
    name: 'file',
    facts: both.flatMap(({ facts }) => facts),
    ioctls: both.flatMap(({ ioctls }) => ioctls),
    calls: new Map(both.flatMap(({ calls }) => [...calls])),
  };
}

/** Structs and unions of an owner: those with a tag, and those that only a typedef names. */
export function structsOf({ facts }: Owner): string[] {
  return facts.flatMap(({ types, typedefs }) => [
    ...types.map(({ name }) => name),
    ...typedefs.filter(({ type }) => 'anonymous' in type).map(({ name }) => name),
  ]);
}

export function enumsOf({ facts }: Owner): EnumFact[] {
  return facts.flatMap(({ enums }) => enums);
}

/** Macros and enum members, in the order of the headers. */
export function constantsOf({ facts }: Owner): string[] {
  return facts.flatMap(({ constants, enums }) =>
    [...constants, ...enums.flatMap(({ members }) => members)].map(({ name }) => name),
  );
}

/** Calls by every name they go by; those of the core too, which every driver answers. */
function callsOf(owner: Owner): [string, Found][] {
  const all = [...owner.calls.values(), ...(owner.driver?.calls.values() ?? [])];
  const described = all.flatMap((call): [string, Found][] =>
    [call.name, call.semantics.key].map(name => [name, { kind: 'call', call }]),
  );
  const keys = callKeys(owner.name, owner.ioctls);
  const rest = owner.ioctls.filter(({ name }) => !owner.calls.has(name));
  return [
    ...described,
    ...rest.flatMap((ioctl): [string, Found][] =>
      [ioctl.name, keys.get(ioctl.name)!].map(name => [name, { kind: 'ioctl', ioctl }]),
    ),
  ];
}

function namesOf(owner: Owner): Map<string, Found> {
  const all: [string, Found][] = [
    ...constantsOf(owner).map((name): [string, Found] => [name, { kind: 'constant', name }]),
    ...enumsOf(owner).flatMap((fact): [string, Found][] =>
      fact.name === null ? [] : [[fact.name, { kind: 'enum', fact }]],
    ),
    ...structsOf(owner).map((name): [string, Found] => [name, { kind: 'struct', name }]),
    ...callsOf(owner),
  ];
  // Later ones win: a call goes before a constant of the same name.
  return new Map(all.map(([name, found]) => [name.toLowerCase(), found]));
}

/** Throws UsageError that names the nearest right one. */
export function findDescribed(text: string): { owner: Owner; found: Found } {
  const known = [...owners(), files()];
  const [name, ...rest] = text.split('.');
  const owner = known.find(each => each.name === name);
  if (!owner) {
    const names = [...known.map(each => each.name), ...interfaceNames()];
    throw new UsageError(
      `there is no description named ${name}${nearest(name!, names)}; expected ${names.join(', ')}`,
    );
  }
  if (rest.length === 0) return { owner, found: { kind: 'all' } };
  const wanted = rest.join('.').replace(/^(struct|union|enum) /, '');
  const names = namesOf(owner);
  const found = names.get(wanted.toLowerCase());
  if (found) return { owner, found };
  const keys = [...callKeys(owner.name, owner.ioctls).values()];
  throw new UsageError(
    `${owner.name} has no call, struct, enum or constant ${wanted}${nearest(wanted.toLowerCase(), [...names.keys()])}; its calls are ${keys.join(', ') || 'none'}`,
  );
}
