/** Rules about whole headers, structs, typedefs and macros that come, go or change their name. */
import { type CType, LayoutError, sizeOfType, type TypeTable } from '../../layout/index.ts';
import type { Remark } from '../../rulebook/rule.ts';
import type { HeaderPair, Pairing } from '../interface.ts';
import { placesOf, shapeText } from '../places.ts';
import { type DiffRule, headers, listed, remark } from '../rule.ts';

const CHECK_UAPI = 'Documentation/dev-tools/checkuapi.rst:338';
const struct = (name: string, members = '__u32 a; __u32 b;') => `struct ${name} { ${members} };`;

const ONE = { headers: { 'drm/a.h': struct('a') } };

export const nameRules = {
  structRemoved: {
    id: 'source.struct-removed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A struct or union is gone.',
    reason: 'Programs that use it no longer compile.',
    source: CHECK_UAPI,
    breaks: headers(`${struct('x_a')} ${struct('x_b', '__u64 c;')}`, struct('x_a')),
    holds: headers(struct('x_a'), `${struct('x_a')} ${struct('x_b', '__u64 c;')}`),
  },
  structRenamed: {
    id: 'source.struct-renamed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A struct or union with the same members has another name.',
    reason: 'Programs that use the old name no longer compile.',
    source: CHECK_UAPI,
    breaks: headers(struct('x_a'), struct('x_b')),
    holds: headers(struct('x_a'), `${struct('x_a')} ${struct('x_b')}`),
  },
  typedefRemoved: {
    id: 'source.typedef-removed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A typedef is gone.',
    reason: 'Programs that use it no longer compile.',
    source: CHECK_UAPI,
    breaks: headers('typedef __u32 x_t; typedef __u64 y_t;', 'typedef __u32 x_t;'),
    holds: headers('typedef __u32 x_t;', 'typedef __u32 x_t; typedef __u64 y_t;'),
  },
  typedefChanged: {
    id: 'wire.typedef-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A typedef stands for another type.',
    reason: 'Whatever is made of it has another size or meaning.',
    source: 'Documentation/dev-tools/checkuapi.rst:280',
    breaks: headers('typedef __u32 x_t;', 'typedef __u64 x_t;'),
    holds: headers('typedef unsigned int x_t;', 'typedef __u32 x_t;'),
  },
  macroRemoved: {
    id: 'source.macro-removed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A macro that takes parameters, or that has no value of its own, is gone.',
    reason: 'Programs that use it no longer compile.',
    source: CHECK_UAPI,
    breaks: headers('#define X_ENTRY(n) ((n) << 4)\n', '#define X_A 0\n'),
    holds: headers('#define X_ENTRY(n) ((n) << 4)\n', '#define X_ENTRY(n) ((n) << 4)\n#define X_A 0\n'),
  },
  macroChanged: {
    id: 'source.macro-changed',
    severity: 'warning',
    category: 'SOURCE',
    summary: 'A macro took or lost its parameters, or its value.',
    reason: 'Programs that use it the old way may no longer compile.',
    source: 'Documentation/dev-tools/checkuapi.rst:368',
    breaks: headers('#define X_ENTRY(n) ((n) << 4)\n', '#define X_ENTRY 4\n'),
    holds: headers('#define X_ENTRY(n) ((n) << 4)\n', '#define X_ENTRY(n) ((n) << 4)\n'),
  },
  headerRemoved: {
    id: 'source.header-removed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A header is gone.',
    reason: 'Programs that include it no longer compile.',
    source: CHECK_UAPI,
    breaks: { old: { headers: { 'drm/a.h': struct('a'), 'drm/b.h': struct('b') } }, new: ONE },
    holds: { old: ONE, new: ONE },
  },
  interfaceRemoved: {
    id: 'wire.header-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A header with ioctls is gone, and every ioctl of it.',
    reason: 'An old program gets ENOTTY or EINVAL, or finds no device; nothing of it can be compiled again.',
    source: 'Documentation/admin-guide/reporting-regressions.rst:49',
    breaks: {
      old: {
        headers: { ...ONE.headers, 'drm/b.h': `${struct('b')}\n#define B_IOCTL _IOW('b', 0, struct b)` },
      },
      new: ONE,
    },
    holds: { old: ONE, new: ONE },
  },
  structAdded: {
    id: 'added.struct',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A struct or union is new.',
    reason: 'Nobody is hurt.',
    source: CHECK_UAPI,
    breaks: headers(struct('x_a'), `${struct('x_a')} ${struct('x_b', '__u64 c;')}`),
    holds: headers(struct('x_a'), struct('x_a')),
  },
  macroAdded: {
    id: 'added.macro',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A macro that takes parameters, or a typedef, is new.',
    reason: 'Nobody is hurt.',
    source: CHECK_UAPI,
    breaks: headers('#define X_A 0\n', '#define X_A 0\n#define X_ENTRY(n) ((n) << 4)\n'),
    holds: headers('#define X_A 0\n', '#define X_A 0\n'),
  },
  headerAdded: {
    id: 'added.header',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A header is new.',
    reason: 'Nobody is hurt.',
    source: CHECK_UAPI,
    breaks: { old: ONE, new: { headers: { 'drm/a.h': struct('a'), 'drm/b.h': struct('b') } } },
    holds: { old: ONE, new: ONE },
  },
} satisfies Record<string, DiffRule>;

/** What a typedef stands for, as far as it decides bytes. */
function meaning(types: TypeTable, type: CType): string {
  if ('named' in type) return type.named;
  if ('pointer' in type) return 'pointer';
  try {
    if ('scalar' in type) {
      // The layout of a struct of one member tells size and sign.
      const table = { ...types, composites: new Map(types.composites) } as TypeTable;
      (table.composites as Map<string, unknown>).set('', {
        name: '',
        kind: 'struct',
        line: 0,
        members: [{ name: 'm', type, line: 0 }],
      });
      const place = placesOf(table, '')?.members.get('m');
      return place ? shapeText(place.shape) : type.scalar;
    }
    return `${sizeOfType(types, type, 'x86_64')} bytes`;
  } catch (error) {
    if (error instanceof LayoutError) return 'a type of another header';
    throw error;
  }
}

/** Structs that are gone and those of the same members that are new: old -> new. */
export function renamedStructs({ old, new: now }: HeaderPair): Map<string, string> {
  const text = (types: TypeTable, name: string) =>
    JSON.stringify(types.composites.get(name)!.members, (key, value) => (key === 'line' ? undefined : value));
  const pairs = new Map<string, string>();
  const fresh = new Set(
    now.facts.types.filter(({ name }) => !old.types.composites.has(name)).map(({ name }) => name),
  );
  for (const { name } of old.facts.types) {
    if (now.types.composites.has(name)) continue;
    const heir = [...fresh].find(other => text(now.types, other) === text(old.types, name));
    if (heir === undefined) continue;
    fresh.delete(heir);
    pairs.set(name, heir);
  }
  return pairs;
}

/** @param elsewhere names that another header of the newer version has */
export function nameRemarks(
  pair: HeaderPair,
  renamed: ReadonlyMap<string, string>,
  elsewhere: ReadonlySet<string>,
): Remark[] {
  const { old, new: now } = pair;
  const at = (line: number) => `${now.facts.header}:${line}`;
  const remarks: Remark[] = [];
  for (const { name } of old.facts.types) {
    const heir = renamed.get(name);
    if (heir !== undefined)
      remarks.push(
        remark(nameRules.structRenamed, name, `struct ${name} is called ${heir} now`, {
          old: name,
          new: heir,
        }),
      );
    else if (!now.types.composites.has(name) && !elsewhere.has(name))
      remarks.push(remark(nameRules.structRemoved, name, `struct ${name} is gone`, { old: name }));
  }
  const heirs = new Set(renamed.values());
  const unread = new Set(old.facts.unresolved.map(({ name }) => name));
  for (const { name, line } of now.facts.types)
    if (!old.types.composites.has(name) && !unread.has(name) && !heirs.has(name))
      remarks.push(remark(nameRules.structAdded, name, `struct ${name} is new`, { new: name, at: at(line) }));
  const typedefs = new Map(now.facts.typedefs.map(each => [each.name, each]));
  for (const { name, type } of old.facts.typedefs) {
    const after = typedefs.get(name);
    const was = meaning(old.types, type);
    if (!after) {
      if (!elsewhere.has(name))
        remarks.push(remark(nameRules.typedefRemoved, name, `${name} is gone`, { old: was }));
    } else if (meaning(now.types, after.type) !== was) {
      const is = meaning(now.types, after.type);
      const change = { old: was, new: is, at: at(after.line) };
      remarks.push(
        remark(nameRules.typedefChanged, name, `${name} stands for ${is}, it stood for ${was}`, change),
      );
    }
  }
  const before = new Set(old.facts.typedefs.map(({ name }) => name));
  for (const { name, line } of now.facts.typedefs)
    if (!before.has(name))
      remarks.push(remark(nameRules.macroAdded, name, `typedef ${name} is new`, { new: name, at: at(line) }));
  return [...remarks, ...macroRemarks(pair, elsewhere)];
}

/** Names that are macros to a program although they have no value: not the guards, nor what could not be read. */
function macrosOf(side: HeaderPair['old']): Map<string, number> {
  const kinds = /^(the macro takes parameters|it is defined as nothing|it is a string)$/;
  return new Map(
    side.facts.unresolved.filter(({ reason }) => kinds.test(reason)).map(({ name, line }) => [name, line]),
  );
}

function macroRemarks({ old, new: now }: HeaderPair, elsewhere: ReadonlySet<string>): Remark[] {
  const [before, after] = [macrosOf(old), macrosOf(now)];
  const remarks: Remark[] = [];
  const valued = (side: HeaderPair['old'], name: string) =>
    side.facts.constants.some(each => each.name === name);
  for (const [name] of before) {
    if (after.has(name)) continue;
    if (valued(now, name))
      remarks.push(
        remark(nameRules.macroChanged, name, `${name} has a value and no parameters now`, {
          old: 'macro',
          new: 'value',
        }),
      );
    else if (!elsewhere.has(name) && !now.facts.unresolved.some(each => each.name === name))
      remarks.push(remark(nameRules.macroRemoved, name, `the macro ${name} is gone`, { old: 'macro' }));
  }
  for (const [name, line] of after) {
    if (valued(old, name))
      remarks.push(
        remark(nameRules.macroChanged, name, `${name} has parameters, or no value, now`, {
          old: 'value',
          new: 'macro',
        }),
      );
    else if (!before.has(name))
      remarks.push(
        remark(nameRules.macroAdded, name, `the macro ${name} is new`, {
          new: 'macro',
          at: `${now.facts.header}:${line}`,
        }),
      );
  }
  return remarks;
}

/** @param elsewhere names that any header of the newer version has */
export function headerRemarks({ pairs, removed, added }: Pairing, elsewhere: ReadonlySet<string>): Remark[] {
  // Two files that the user named may be called as he likes.
  const moved =
    pairs.length + removed.length + added.length < 2
      ? []
      : pairs.filter(({ old, new: now }) => old.facts.header !== now.facts.header);
  return [
    ...removed.map(({ header, ioctls }) => {
      const lost = ioctls.filter(({ name }) => !elsewhere.has(name)).map(({ name }) => name);
      const change = { old: header };
      return lost.length > 0
        ? remark(nameRules.interfaceRemoved, header, `${header} is gone with ${listed(lost)}`, change)
        : remark(nameRules.headerRemoved, header, `${header} is gone`, change);
    }),
    ...moved.map(({ old, new: now }) =>
      remark(nameRules.headerRemoved, old.facts.header, `${old.facts.header} is ${now.facts.header} now`, {
        old: old.facts.header,
        new: now.facts.header,
      }),
    ),
    ...added.map(({ header }) => remark(nameRules.headerAdded, header, `${header} is new`, { new: header })),
  ];
}
