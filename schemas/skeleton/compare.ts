/** What an updated header means for descriptions that were written by hand: what is new, changed or orphaned. */
import type { DriverManifest } from '../generated/types/driver.ts';
import type { Semantics } from '../generated/types/semantics.ts';
import { type Layout, layoutOf } from '../layout/layout.ts';
import { spellType } from '../layout/spelling.ts';
import { LayoutError, type TypeTable } from '../layout/type-table.ts';
import type { CType, Facts, IoctlFact } from '../layout/types.ts';

export interface Difference {
  readonly kind: 'new' | 'changed' | 'orphaned';
  /** call, field, struct, enum, constant. */
  readonly what: string;
  readonly name: string;
  readonly detail: string;
}

export interface Side {
  readonly facts: Facts;
  readonly types: TypeTable;
}

/** A description with the place it was read from. */
export interface Described {
  readonly path: string;
  readonly semantics: Semantics;
}

function argumentText(type: CType | null, types: TypeTable): string {
  return type === null ? 'nothing' : spellType(type, types);
}

function requestText(ioctl: IoctlFact, types: TypeTable): string {
  return `${ioctl.direction} 0x${ioctl.number.toString(16)} ${argumentText(ioctl.argument, types)}`;
}

function layoutText({ size, fields }: Layout): Map<string, string> {
  return new Map([
    ['', `${size} bytes`],
    ...fields.map(field => [field.path, `${field.size} bytes at ${field.offset}`] as const),
  ]);
}

/** Where the members lie; empty when one of them is of a type that no header defines. */
function placesOf(name: string, types: TypeTable): Map<string, string> {
  try {
    return layoutText(layoutOf(types, name, 'x86_64'));
  } catch (error) {
    if (error instanceof LayoutError) return new Map();
    throw error;
  }
}

function changedStruct(name: string, before: Side, now: Side): Difference[] {
  const [old, made] = [placesOf(name, before.types), placesOf(name, now.types)];
  const parts = [...new Set([...old.keys(), ...made.keys()])].filter(key => old.get(key) !== made.get(key));
  if (parts.length === 0) return [];
  const detail = parts
    .map(
      key =>
        `${key === '' ? 'its size' : key} was ${old.get(key) ?? 'not there'}, is ${made.get(key) ?? 'gone'}`,
    )
    .join('; ');
  return [{ kind: 'changed', what: 'struct', name, detail }];
}

/** Constants of macros and enums, with their values. */
function constantsOf({ facts, types }: Side): Map<string, bigint> {
  const names = [...facts.constants, ...facts.enums.flatMap(each => each.members)].map(({ name }) => name);
  return new Map(names.map(name => [name, types.constantValue(name)]));
}

/** What of the facts is another than before. */
export function compareFacts(before: Side, now: Side): Difference[] {
  const out: Difference[] = [];
  const requests = new Map(before.facts.ioctls.map(ioctl => [ioctl.name, ioctl]));
  for (const ioctl of now.facts.ioctls) {
    const old = requests.get(ioctl.name);
    const [was, is] = [old && requestText(old, before.types), requestText(ioctl, now.types)];
    if (was !== undefined && was !== is)
      out.push({ kind: 'changed', what: 'call', name: ioctl.name, detail: `was ${was}, is ${is}` });
  }
  const gone = (what: string, old: Iterable<string>, made: ReadonlySet<string>) => {
    for (const name of old) if (!made.has(name)) out.push({ kind: 'changed', what, name, detail: 'is gone' });
  };
  const known = new Set(before.facts.types.map(({ name }) => name));
  for (const { name } of now.facts.types)
    if (known.has(name)) out.push(...changedStruct(name, before, now));
    else out.push({ kind: 'new', what: 'struct', name, detail: 'is defined' });
  const [old, made] = [constantsOf(before), constantsOf(now)];
  for (const [name, value] of made) {
    const was = old.get(name);
    if (was === undefined) out.push({ kind: 'new', what: 'constant', name, detail: `is ${value}` });
    else if (was !== value)
      out.push({ kind: 'changed', what: 'constant', name, detail: `was ${was}, is ${value}` });
  }
  gone('struct', known, new Set(now.facts.types.map(({ name }) => name)));
  gone('constant', old.keys(), new Set(made.keys()));
  return out;
}

/** Names of enums, structs and constants that a description uses, with the key that holds each. */
function* usedNames(value: unknown): Generator<['enum' | 'struct' | 'constant', string]> {
  if (Array.isArray(value)) for (const item of value) yield* usedNames(item);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'enum' && typeof item === 'string') yield ['enum', item];
      else if ((key === 'struct' || key === 'sizeof') && typeof item === 'string') yield ['struct', item];
      else if (key === 'const' && typeof item === 'string') yield ['constant', item];
      else if (key === 'constants' && Array.isArray(item))
        for (const name of item) yield ['constant', String(name)];
      else yield* usedNames(item);
    }
  }
}

function hasName(types: TypeTable, kind: 'enum' | 'struct' | 'constant', name: string): boolean {
  if (kind === 'enum') return types.enums.has(name);
  if (kind === 'constant') return types.constants.has(name);
  return types.composites.has(name) || types.typedefs.has(name);
}

function comparedCall({ path, semantics }: Described, now: Side): Difference[] {
  const ioctl = now.facts.ioctls.find(({ name }) => name === semantics.call);
  if (!ioctl)
    return [
      {
        kind: 'orphaned',
        what: 'call',
        name: semantics.call,
        detail: `${path} describes it, and the header no longer has it`,
      },
    ];
  const struct = ioctl.argument && 'named' in ioctl.argument ? ioctl.argument.named : undefined;
  const members = struct === undefined ? [] : [...placesOf(struct, now.types).keys()].filter(Boolean);
  const described = Object.keys(semantics.fields);
  const field = (kind: 'new' | 'orphaned', name: string, detail: string): Difference => ({
    kind,
    what: 'field',
    name: `${semantics.call} ${name}`,
    detail,
  });
  const names = new Map([...usedNames(semantics)].map(([kind, name]) => [name, kind]));
  return [
    ...members
      .filter(name => !described.includes(name))
      .map(name => field('new', name, `${path} does not describe it`)),
    ...(struct === undefined ? [] : described)
      .filter(name => !members.includes(name))
      .map(name => field('orphaned', name, `${path} describes it, and struct ${struct} no longer has it`)),
    ...[...names]
      .filter(([name, kind]) => !hasName(now.types, kind, name))
      .map(
        ([name, what]): Difference => ({
          kind: 'orphaned',
          what,
          name,
          detail: `${path} uses it, and the header no longer has it`,
        }),
      ),
  ];
}

/** What descriptions say that the header does not, and the other way round. */
export function compareDescribed(described: readonly Described[], now: Side): Difference[] {
  const known = new Set(described.map(({ semantics }) => semantics.call));
  return [
    ...now.facts.ioctls
      .filter(({ name }) => !known.has(name))
      .map(
        ({ name }): Difference => ({ kind: 'new', what: 'call', name, detail: 'nothing describes it yet' }),
      ),
    ...described.flatMap(each => comparedCall(each, now)),
  ];
}

/** Parameters of a driver that a query of a call that is gone tells. */
export function compareManifest(path: string, manifest: DriverManifest, now: Side): Difference[] {
  return Object.entries(manifest.params).flatMap(([name, { query }]) =>
    query !== undefined && !now.types.ioctls.has(query.call)
      ? [
          {
            kind: 'orphaned' as const,
            what: 'parameter',
            name,
            detail: `${path} asks for it with ${query.call}, which the header no longer has`,
          },
        ]
      : [],
  );
}
