/** Rules about the attributes and definitions of a netlink family. */
import type { Remark } from '../../rulebook/rule.ts';
import {
  type AnyAttribute,
  attributeNumbers,
  attributeType,
  definedValues,
  type Family,
  renamedAttributes,
  sameSet,
  structText,
} from '../netlink.ts';
import { type DiffRule, netlinks, remark } from '../rule.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const POLICY = 'Documentation/userspace-api/netlink/specs.rst:255';

/** A small family; `parts` are put into its lists. */
export function family(attributes: string, definitions = '', operations = GET): string {
  return `name: x
${definitions === '' ? '' : `definitions:\n${definitions}`}attribute-sets:
  - name: main
    attributes:
${attributes}operations:
  list:
${operations}`;
}
const GET = `    - { name: get, attribute-set: main, do: { request: { attributes: [id] }, reply: { attributes: [id] } } }
`;
const lines = (...items: string[]) => items.map(item => `      - ${item}\n`).join('');
const ID = '{ name: id, type: u32 }';
const NAME = '{ name: label, type: string }';
const entries = (...names: string[]) => `  - { type: enum, name: kind, entries: [${names.join(', ')}] }\n`;
const struct = (members: string) => `  - { type: struct, name: pair, members: [${members}] }\n`;

export const attributeRules = {
  removed: {
    id: 'nl.attr-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An attribute is gone.',
    reason: 'What an old program asks for in it is no longer done, what it waits for in it no longer comes.',
    source: NO_REGRESSIONS,
    breaks: netlinks(family(lines(ID, NAME)), family(lines(ID))),
    holds: netlinks(family(lines(ID)), family(lines(ID, NAME))),
  },
  renamed: {
    id: 'nl.attr-renamed',
    severity: 'warning',
    category: 'SOURCE',
    summary: 'An attribute of the same number and type, or a constant of the same value, has another name.',
    reason: 'Programs that use the old name no longer compile; a header may go on to have it.',
    source: NO_REGRESSIONS,
    breaks: netlinks(family(lines(ID, NAME)), family(lines(ID, NAME.replace('label', 'title')))),
    holds: netlinks(family(lines(ID, NAME)), family(lines(ID, NAME, NAME.replace('label', 'title')))),
  },
  moved: {
    id: 'nl.attr-id-moved',
    severity: 'error',
    category: 'WIRE',
    summary: 'An attribute has another number.',
    reason: 'Old programs send and look for the number of before.',
    source: NO_REGRESSIONS,
    breaks: netlinks(family(lines(ID, NAME)), family(lines(NAME, ID))),
    holds: netlinks(family(lines(ID, NAME)), family(lines(ID, NAME.replace(' }', ', value: 2 }')))),
  },
  retyped: {
    id: 'nl.attr-type-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'The value of an attribute has another type.',
    reason: 'One side writes bytes that the other one reads as something else.',
    source: NO_REGRESSIONS,
    breaks: netlinks(family(lines(ID)), family(lines(ID.replace('u32', 'u64')))),
    holds: netlinks(family(lines(ID)), family(lines(ID.replace(' }', ', doc: Which one. }')))),
  },
  tightened: {
    id: 'nl.policy-tightened',
    severity: 'error',
    category: 'WIRE',
    summary: 'The kernel takes fewer values of an attribute than it did.',
    reason: 'An old program that gives another one gets ERANGE or EINVAL.',
    source: POLICY,
    breaks: netlinks(family(lines(ID)), family(lines(ID.replace(' }', ', checks: { max: 7 } }')))),
    holds: netlinks(
      family(lines(ID.replace(' }', ', checks: { max: 7 } }'))),
      family(lines(ID.replace(' }', ', checks: { max: 8 } }'))),
    ),
  },
  loosened: {
    id: 'nl.policy-loosened',
    severity: 'info',
    category: 'WIRE',
    summary: 'The kernel takes more values of an attribute than it did.',
    reason: 'Nobody is hurt.',
    source: POLICY,
    breaks: netlinks(
      family(lines(ID.replace(' }', ', checks: { max: 7 } }'))),
      family(lines(ID.replace(' }', ', checks: { max: 8 } }'))),
    ),
    holds: netlinks(family(lines(ID)), family(lines(ID))),
  },
  renumbered: {
    id: 'nl.value-renumbered',
    severity: 'error',
    category: 'WIRE',
    summary: 'A constant of a family has another value.',
    reason: 'Old programs carry the old number in them.',
    source: NO_REGRESSIONS,
    breaks: netlinks(family(lines(ID), entries('a', 'b')), family(lines(ID), entries('b', 'a'))),
    holds: netlinks(family(lines(ID), entries('a', 'b')), family(lines(ID), entries('a', 'b', 'c'))),
  },
  valueRemoved: {
    id: 'nl.value-removed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A constant of a family is gone.',
    reason: 'Programs that use it no longer compile.',
    source: NO_REGRESSIONS,
    breaks: netlinks(family(lines(ID), entries('a', 'b')), family(lines(ID), entries('a'))),
    holds: netlinks(family(lines(ID), entries('a')), family(lines(ID), entries('a', 'b'))),
  },
  struct: {
    id: 'nl.struct-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A struct inside a message has other members.',
    reason: 'It has no numbers in it: both sides must agree on every byte.',
    source: NO_REGRESSIONS,
    breaks: netlinks(
      family(lines(ID), struct('{ name: a, type: u32 }')),
      family(lines(ID), struct('{ name: a, type: u64 }')),
    ),
    holds: netlinks(
      family(lines(ID), struct('{ name: a, type: u32 }')),
      family(lines(ID), struct('{ name: a, type: u32, doc: One. }')),
    ),
  },
  grown: {
    id: 'nl.struct-grown',
    severity: 'error',
    category: 'WIRE',
    summary: 'A struct inside a message became longer.',
    reason: 'A kernel or program that looks at the length of the attribute refuses the one of the other.',
    source: NO_REGRESSIONS,
    breaks: netlinks(
      family(lines(ID), struct('{ name: a, type: u32 }')),
      family(lines(ID), struct('{ name: a, type: u32 }, { name: b, type: u32 }')),
    ),
    holds: netlinks(
      family(lines(ID), struct('{ name: a, type: u32 }')),
      family(lines(ID), struct('{ name: a, type: u32 }')),
    ),
  },
  added: {
    id: 'added.attribute',
    severity: 'info',
    category: 'WIRE',
    summary: 'An attribute or a constant of a family is new.',
    reason: 'Nobody is hurt.',
    source: 'Documentation/userspace-api/netlink/specs.rst:64',
    breaks: netlinks(family(lines(ID)), family(lines(ID, NAME))),
    holds: netlinks(family(lines(ID)), family(lines(ID))),
  },
} satisfies Record<string, DiffRule>;

type Checks = NonNullable<AnyAttribute['checks']>;

/** Which way a limit of a policy goes: whether the first takes fewer values, whether it takes more. */
function compareChecks(
  old: Checks,
  now: Checks,
  resolve: (value: unknown) => number | undefined,
): { tighter: boolean; looser: boolean } {
  let [tighter, looser] = [false, false];
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [a, b] = [old[key], now[key]];
    if (a === b) continue;
    // One of these allows more instead of less.
    if (key === 'unterminated-ok') {
      if (b) looser = true;
      else tighter = true;
    } else if (a === undefined) tighter = true;
    else if (b === undefined) looser = true;
    else {
      const [was, is] = [resolve(a), resolve(b)];
      if (was === undefined || is === undefined || key === 'exact-len') tighter = true;
      else if (key === 'flags-mask') {
        tighter ||= (was & ~is) !== 0;
        looser ||= (is & ~was) !== 0;
      } else if (key.startsWith('min') ? is > was : is < was) tighter = true;
      else looser = true;
    }
  }
  return { tighter, looser };
}

export function attributeRemarks(old: Family, now: Family): Remark[] {
  const name = now.spec.name;
  const remarks: Remark[] = [];
  const say = (rule: DiffRule, subject: string, message: string, before?: string, after?: string) =>
    remarks.push(remark(rule, subject, `${subject} ${message}`, { old: before, new: after, at: now.path }));
  const values = definedValues(now.spec);
  const resolve = (value: unknown): number | undefined => {
    const number = Number(typeof value === 'string' ? (values.get(value) ?? value) : value);
    return Number.isNaN(number) ? undefined : number;
  };
  const renames = renamedAttributes(old, now);
  const heirs = new Map<string, Set<string>>();
  for (const set of old.spec['attribute-sets']) {
    const after = sameSet(set, old, now);
    // A subset has the numbers and types of the whole one, and tells what a message may hold.
    const whole = set['subset-of'];
    const [numbers, others] = [attributeNumbers(set.attributes), attributeNumbers(after?.attributes ?? [])];
    const known = new Set<string>();
    if (after) heirs.set(after.name, known);
    for (const attribute of set.attributes) {
      const subject = `${name}.${set.name}.${attribute.name}`;
      const heir = renames.get(`${whole ?? set.name} ${attribute.name}`);
      const same = after?.attributes.find(({ name: each }) => each === attribute.name || each === heir);
      known.add(same?.name ?? attribute.name);
      const from = attributeType(attribute, old.spec);
      if (!same) {
        // Operations and other sets tell what became of a subset that is gone as a whole.
        if (after || whole === undefined) say(attributeRules.removed, subject, 'is gone', from);
        continue;
      }
      if (whole === undefined) {
        const [was, is] = [numbers.get(attribute.name)!, others.get(same.name)!];
        if (same.name !== attribute.name)
          say(attributeRules.renamed, subject, `is called ${same.name} now`, attribute.name, same.name);
        if (was !== is)
          say(attributeRules.moved, subject, `has the number ${is}, it had ${was}`, String(was), String(is));
        const to = attributeType(same, now.spec);
        if (from !== to) say(attributeRules.retyped, subject, `is ${to}, it was ${from}`, from, to);
      }
      const { tighter, looser } = compareChecks(attribute.checks ?? {}, same.checks ?? {}, resolve);
      const [policy, policyNow] = [attribute.checks, same.checks].map(checks => JSON.stringify(checks ?? {}));
      if (tighter || looser)
        say(
          tighter ? attributeRules.tightened : attributeRules.loosened,
          subject,
          `takes ${policyNow}, it took ${policy}`,
          policy,
          policyNow,
        );
    }
  }
  for (const set of now.spec['attribute-sets'])
    for (const attribute of set.attributes)
      if (!heirs.get(set.name)?.has(attribute.name))
        say(
          attributeRules.added,
          `${name}.${set.name}.${attribute.name}`,
          'is new',
          undefined,
          attributeType(attribute, now.spec),
        );
  return [...remarks, ...definitionRemarks(old, now)];
}

/** The new name of an enum's value: the one of the same enum that is new and has its number. */
function heirOf(
  key: string,
  value: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string | undefined {
  const [group, entry] = key.split(' ');
  if (entry === undefined) return undefined;
  return [...after].find(
    ([other, is]) => other.startsWith(`${group} `) && is === value && !before.has(other),
  )?.[0];
}

function definitionRemarks(old: Family, now: Family): Remark[] {
  const name = now.spec.name;
  const remarks: Remark[] = [];
  const say = (rule: DiffRule, subject: string, message: string, before?: string, after?: string) =>
    remarks.push(remark(rule, subject, `${subject} ${message}`, { old: before, new: after, at: now.path }));
  const [before, after] = [definedValues(old.spec), definedValues(now.spec)];
  const heirs = new Set<string>();
  for (const [key, was] of before) {
    const is = after.get(key);
    const subject = `${name}.${key.replace(' ', '.')}`;
    const heir = is === undefined ? heirOf(key, was, before, after) : undefined;
    if (heir) {
      heirs.add(heir);
      say(attributeRules.renamed, subject, `is called ${heir.split(' ').at(-1)} now`, key, heir);
    } else if (is === undefined) say(attributeRules.valueRemoved, subject, `(${was}) is gone`, was);
    else if (is !== was) say(attributeRules.renumbered, subject, `is ${is}, it was ${was}`, was, is);
  }
  for (const [key, is] of after)
    if (!before.has(key) && !heirs.has(key))
      say(attributeRules.added, `${name}.${key.replace(' ', '.')}`, 'is new', undefined, is);
  for (const { name: tag, members } of old.spec.definitions ?? []) {
    if (!members || !now.spec.definitions?.some(each => each.name === tag && each.members)) continue;
    const [was, is] = [structText(old.spec, tag), structText(now.spec, tag)];
    if (was === is) continue;
    const grown = is.startsWith(`${was}, `);
    say(
      grown ? attributeRules.grown : attributeRules.struct,
      `${name}.${tag}`,
      `has ${is}; it had ${was}`,
      was,
      is,
    );
  }
  return remarks;
}
