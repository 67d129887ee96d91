/** What could not be compared: it must not look as if it were the same, nor as if it were gone. */
import type { Remark } from '../../rulebook/rule.ts';
import type { HeaderPair, HeaderSide } from '../interface.ts';
import { placesOf } from '../places.ts';
import { type DiffRule, headers, remark } from '../rule.ts';

export const unreadRules = {
  notCompared: {
    id: 'doc.not-compared',
    severity: 'warning',
    category: 'DOC',
    summary: 'A name of both versions cannot be read in one of them, or its types are in no header at hand.',
    reason: 'Whatever changed there is not seen: look at it, or give the headers that it needs.',
    source: 'Documentation/dev-tools/checkuapi.rst:466',
    breaks: headers('struct x_args { __u32 a; };', 'struct x_args { __u32 a : 3; __u32 b : 29; };'),
    holds: headers('struct x_args { __u32 a; };', 'struct x_args { __u32 a; };'),
  },
} satisfies Record<string, DiffRule>;

/** Names that a header defines and that could not be read, with the reason; macros with parameters can be read. */
export function unreadIn({ facts }: HeaderSide): Map<string, string> {
  const read = /^(the macro takes parameters|it is defined as nothing|it is a string|it guards the header)/;
  return new Map(
    facts.unresolved.filter(({ reason }) => !read.test(reason)).map(({ name, reason }) => [name, reason]),
  );
}

function namesIn({ facts }: HeaderSide): Set<string> {
  const values = [...facts.constants, ...facts.enums.flatMap(({ members }) => members)];
  return new Set([...values, ...facts.types, ...facts.ioctls].map(({ name }) => name));
}

export function unreadRemarks({ old, new: now }: HeaderPair): Remark[] {
  const say = (name: string, why: string) =>
    remark(unreadRules.notCompared, name, `${name} is not compared: ${why}`, { new: why });
  const sides = [
    [old, now],
    [now, old],
  ] as const;
  const remarks = sides.flatMap(([one, other]) => {
    const names = namesIn(one);
    return [...unreadIn(other)].filter(([name]) => names.has(name)).map(([name, why]) => say(name, why));
  });
  for (const { name } of old.facts.types) {
    if (!now.types.composites.has(name)) continue;
    const lacking = [old, now].some(({ types }) => placesOf(types, name) === undefined);
    if (lacking) remarks.push(say(name, 'no header at hand has all types that it is made of'));
  }
  return remarks;
}
