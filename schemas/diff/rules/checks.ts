/** Rules about what a call refuses, with which errno, in which order. */
import { printCondition } from '../../algebra/print.ts';
import type { Remark } from '../../rulebook/rule.ts';
import { decide } from '../calls/decide.ts';
import { type CheckItem, type Item, isCheck, isEffect, itemsOf, refusal } from '../calls/items.ts';
import type { CallPair } from '../calls/pair.ts';
import { body, CALL_HEADER, calls, type DiffRule, listed, remark } from '../rule.ts';

const ZERO = '{ check: size-zero, when: { eq: [{ field: size }, 0] }, errno: EINVAL }';
const LARGE = '{ check: size-large, when: { gt: [{ field: size }, 4096] }, errno: E2BIG }';
const FLAGS =
  '{ check: flags-unknown, when: { unknownBits: { field: flags }, values: { enum: x_flags } }, errno: EINVAL }';
const FEW =
  '{ check: flags-unknown, when: { unknownBits: { field: flags }, values: { constants: [X_A] } }, errno: EINVAL }';
const PAD = '{ check: pad, when: { nonzero: { field: pad } }, errno: EINVAL, clause: reserved.field }';
const EXTRA = '{ check: extra-zero, when: { eq: [{ field: extra }, 0] }, errno: EINVAL }';
const LONGER = CALL_HEADER.replace('__u32 more;', '__u32 more; __u64 extra;');
const MAKE = '{ create: gem_object, object: bo, properties: {} }';
const pinned = (rule: string) => rule.replace(/ }$/, ', pinned: true }');

const PER_TEST = 'Documentation/process/botching-up-ioctls.rst:99';
const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const UNUSED = 'Documentation/process/botching-up-ioctls.rst:72';

export const checkRules = {
  added: {
    id: 'behaviour.check-added',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A call refuses what it accepted.',
    reason: 'A program that worked gets an errno.',
    source: NO_REGRESSIONS,
    breaks: calls(body(ZERO), body(ZERO, LARGE)),
    holds: calls(
      body(ZERO),
      body(ZERO, '{ check: zero-too, when: { eq: [{ field: size }, 0] }, errno: EINVAL }'),
    ),
  },
  reservedEnforced: {
    id: 'wire.reserved-enforced',
    severity: 'error',
    category: 'WIRE',
    summary: 'A reserved member or unknown flag that was ignored is refused now.',
    reason: 'Old programs that leave garbage there worked, and now fail.',
    source: UNUSED,
    breaks: calls(body(ZERO), body(ZERO, PAD)),
    holds: calls(body(ZERO, PAD), body(ZERO, PAD)),
  },
  zeroRefused: {
    id: 'wire.new-member-refuses-zero',
    severity: 'error',
    category: 'WIRE',
    summary: 'A new member must not be 0.',
    reason: 'The core gives old programs 0 for it: every call of theirs is refused.',
    source: 'drivers/gpu/drm/drm_ioctl.c:911',
    breaks: calls(body(ZERO), body(ZERO, EXTRA), LONGER),
    holds: calls(
      body(ZERO),
      body(ZERO, EXTRA.replace('eq: [{ field: extra }, 0]', 'gt: [{ field: extra }, 7]')),
      LONGER,
    ),
  },
  valueRefused: {
    id: 'wire.value-refused',
    severity: 'error',
    category: 'WIRE',
    summary: 'A flag or value that was defined is refused now.',
    reason: 'An old program that gives it gets an errno.',
    source: NO_REGRESSIONS,
    breaks: calls(body(FLAGS), body(FEW)),
    holds: calls(body(FEW), body(FLAGS)),
  },
  tightened: {
    id: 'behaviour.check-tightened',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A check refuses more than it did.',
    reason: 'A program that worked gets an errno.',
    source: NO_REGRESSIONS,
    breaks: calls(body(LARGE), body(LARGE.replace('4096', '1024'))),
    holds: calls(
      body(LARGE),
      body(LARGE.replace('gt: [{ field: size }, 4096]', 'ge: [{ field: size }, 4097]')),
    ),
  },
  loosened: {
    id: 'behaviour.check-loosened',
    severity: 'info',
    category: 'BEHAVIOUR',
    summary: 'A check refuses less than it did.',
    reason: 'An extension: only a program that waits for the errno notices.',
    source: PER_TEST,
    breaks: calls(body(LARGE), body(LARGE.replace('4096', '8192'))),
    holds: calls(body(LARGE), body(LARGE)),
  },
  removed: {
    id: 'behaviour.check-removed',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'A call accepts what it refused.',
    reason: 'An extension, unless programs try the call to learn what the kernel can.',
    source: PER_TEST,
    breaks: calls(body(ZERO, LARGE), body(ZERO)),
    holds: calls(body(ZERO, LARGE), body(ZERO, LARGE.replace('size-large', 'size-huge'))),
  },
  errno: {
    id: 'behaviour.errno-changed',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A check answers another errno.',
    reason: 'Programs tell cases apart by it.',
    source: 'Documentation/gpu/drm-uapi.rst:547',
    breaks: calls(body(LARGE), body(LARGE.replace('E2BIG', 'EINVAL'))),
    holds: calls(body(LARGE), body(LARGE.replace('size-large', 'size-huge'))),
  },
  pinnedOrder: {
    id: 'behaviour.pinned-order-changed',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A check whose place the description pins changed it with one of another errno.',
    reason:
      'A call with two wrong things, as programs make to learn what the kernel can, gets another errno.',
    source: PER_TEST,
    breaks: calls(body(pinned(ZERO), LARGE), body(LARGE, pinned(ZERO))),
    holds: calls(body(pinned(ZERO), FLAGS), body(FLAGS, pinned(ZERO))),
  },
  order: {
    id: 'behaviour.check-reordered',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'Two checks of different errnos changed their places.',
    reason: 'A call with two wrong things gets another errno.',
    source: PER_TEST,
    breaks: calls(body(ZERO, LARGE), body(LARGE, ZERO)),
    holds: calls(body(ZERO, FLAGS), body(FLAGS, ZERO)),
  },
  afterEffect: {
    id: 'behaviour.effect-before-check',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A check comes after an effect that it came before.',
    reason: 'A call that is refused leaves something behind now.',
    source: 'Documentation/process/botching-up-ioctls.rst:106',
    breaks: calls(body(LARGE, MAKE), body(MAKE, LARGE)),
    holds: calls(body(MAKE, LARGE), body(LARGE, MAKE)),
  },
  harmless: {
    id: 'added.check',
    severity: 'info',
    category: 'BEHAVIOUR',
    summary: 'A check is new that no program of before can meet.',
    reason:
      'It looks at members that the core clears for them, or refuses what another check refused with the same errno.',
    source: 'drivers/gpu/drm/drm_ioctl.c:911',
    breaks: calls(
      body(ZERO),
      body(ZERO, '{ check: zero-too, when: { eq: [{ field: size }, 0] }, errno: EINVAL }'),
    ),
    holds: calls(body(ZERO), body(ZERO)),
  },
} satisfies Record<string, DiffRule>;

const text = ({ rule }: CheckItem) => `${rule.errno} when ${printCondition(rule.when)}`;

function* fieldsIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* fieldsIn(each);
  else if (value && typeof value === 'object')
    for (const [key, each] of Object.entries(value)) {
      if (key === 'field' && typeof each === 'string') yield each;
      else yield* fieldsIn(each);
    }
}

/** What a check that some call meets for the first time is: about reserved bits, defined values, or anything else. */
function refusingRule({ rule }: CheckItem, isNew: boolean, pair: CallPair): DiffRule {
  const reserved = /(^|\.)reserved(\.|$)/.test(rule.clause);
  const roles = pair.old.semantics.fields;
  const spare =
    'nonzero' in rule.when &&
    typeof rule.when.nonzero === 'object' &&
    'field' in rule.when.nonzero &&
    roles[rule.when.nonzero.field]?.role === 'reserved';
  const fresh = [...fieldsIn(rule.when)].some(name => !(name in roles) && name in pair.new.semantics.fields);
  if (isNew && fresh) return checkRules.zeroRefused;
  if (isNew) return reserved || spare ? checkRules.reservedEnforced : checkRules.added;
  return 'values' in rule.when ? checkRules.valueRefused : checkRules.tightened;
}

/** Checks of both versions: by name, then what is left by what it says. */
function matchChecks(old: readonly CheckItem[], now: readonly CheckItem[]): [CheckItem, CheckItem][] {
  const pairs: [CheckItem, CheckItem][] = [];
  const left = new Set(old);
  const rest = new Set(now);
  const match = (same: (a: CheckItem, b: CheckItem) => boolean) => {
    for (const after of [...rest]) {
      const before = [...left].find(each => same(each, after));
      if (!before) continue;
      left.delete(before);
      rest.delete(after);
      pairs.push([before, after]);
    }
  };
  match((a, b) => a.name === b.name);
  match((a, b) => a.rule.errno === b.rule.errno && JSON.stringify(refusal(a)) === JSON.stringify(refusal(b)));
  return pairs;
}

/** Members that an old program cannot give: the core clears them. */
function cleared({ old, new: now }: CallPair): ReadonlySet<string> {
  const fresh = Object.keys(now.semantics.fields).filter(name => !(name in old.semantics.fields));
  return new Set(fresh.map(name => `field ${name}`));
}

export function checkRemarks(pair: CallPair): Remark[] {
  const [before, after] = [itemsOf(pair.old.semantics.body), itemsOf(pair.new.semantics.body)];
  const [old, now] = [before.filter(isCheck), after.filter(isCheck)];
  const matches = matchChecks(old, now);
  const zero = cleared(pair);
  const side = (types: CallPair['old']['types'], condition?: ReturnType<typeof refusal>) => ({
    types,
    condition,
  });
  const remarks: Remark[] = [];
  const say = (
    rule: DiffRule,
    { name, rule: check }: CheckItem,
    message: string,
    change: { old?: string; new?: string },
  ) =>
    remarks.push(
      remark(rule, `${pair.id}.${name}`, `${pair.id}.${name} ${message}`, { ...change, at: check.source }),
    );

  for (const [a, b] of matches) {
    if (a.rule.errno !== b.rule.errno)
      say(checkRules.errno, b, `answers ${b.rule.errno}, it answered ${a.rule.errno}`, {
        old: a.rule.errno,
        new: b.rule.errno,
      });
    const { more, less } = decide(side(pair.old.types, refusal(a)), side(pair.new.types, refusal(b)), zero);
    const firm = !a.rule.optional && b.rule.optional;
    const change = { old: text(a), new: text(b) };
    if (more) say(refusingRule(b, false, pair), b, `refuses ${text(b)}; it refused ${text(a)}`, change);
    else if (less || firm) say(checkRules.loosened, b, `refuses ${text(b)}; it refused ${text(a)}`, change);
    else if (a.rule.optional && !b.rule.optional)
      say(checkRules.tightened, b, `must refuse now: ${text(b)}`, { old: `may be ${text(a)}`, new: text(b) });
  }
  const known = new Set(matches.flat());
  for (const each of now.filter(item => !known.has(item))) {
    // What was refused with the same errno anyway is no news to anybody.
    const same = old.filter(({ rule }) => rule.errno === each.rule.errno && !rule.optional).map(refusal);
    const [first, ...others] = same;
    const was = first && { any: [first, ...others] as [typeof first, ...(typeof first)[]] };
    const { more } = decide(side(pair.old.types, was), side(pair.new.types, refusal(each)), zero);
    say(more ? refusingRule(each, true, pair) : checkRules.harmless, each, `is new: ${text(each)}`, {
      new: text(each),
    });
  }
  for (const each of old.filter(item => !known.has(item))) {
    const same = now.filter(({ rule }) => rule.errno === each.rule.errno).map(refusal);
    const [first, ...others] = same;
    const is = first && { any: [first, ...others] as [typeof first, ...(typeof first)[]] };
    const { less } = decide(side(pair.old.types, refusal(each)), side(pair.new.types, is), zero);
    if (less) say(checkRules.removed, each, `is gone: ${text(each)}`, { old: text(each) });
  }
  return [...remarks, ...orderRemarks(pair, before, after, matches)];
}

/** The longest run of numbers that already rise; what is not in it has moved. */
function unmoved(positions: readonly number[]): Set<number> {
  const best = positions.map((_, i) => ({ length: 1, previous: -1, i }));
  for (const [i, position] of positions.entries())
    for (let j = 0; j < i; j++)
      if (positions[j]! < position && best[j]!.length + 1 > best[i]!.length)
        best[i] = { length: best[j]!.length + 1, previous: j, i };
  let at = best.reduce((a, b) => (b.length > a.length ? b : a), { length: 0, previous: -1, i: -1 });
  const kept = new Set<number>();
  while (at.i >= 0) {
    kept.add(at.i);
    at = best[at.previous] ?? { length: 0, previous: -1, i: -1 };
  }
  return kept;
}

function orderRemarks(
  pair: CallPair,
  before: readonly Item[],
  after: readonly Item[],
  matches: readonly [CheckItem, CheckItem][],
): Remark[] {
  const place = new Map(before.map((item, i) => [item, i]));
  const was = new Map(matches.map(([a, b]) => [b, a]));
  const ordered = after.filter((item): item is CheckItem => was.has(item as CheckItem));
  const positions = ordered.map(item => place.get(was.get(item)!)!);
  const kept = unmoved(positions);
  const remarks: Remark[] = [];
  for (const [i, item] of ordered.entries()) {
    if (kept.has(i)) continue;
    const crossed = ordered.filter(
      (other, j) => other.rule.errno !== item.rule.errno && (i - j) * (positions[i]! - positions[j]!) < 0,
    );
    if (crossed.length === 0) continue;
    const earlier = crossed.some(other => positions[ordered.indexOf(other)]! < positions[i]!);
    const firm = crossed.some(other => {
      const first = positions[ordered.indexOf(other)]! < positions[i]! ? other : item;
      return was.get(first)!.rule.pinned;
    });
    const names = listed(crossed.map(({ name }) => name));
    remarks.push(
      remark(
        firm ? checkRules.pinnedOrder : checkRules.order,
        `${pair.id}.${item.name}`,
        `${pair.id}.${item.name} (${item.rule.errno}) comes ${earlier ? 'before' : 'after'} ${names} now`,
        {
          old: `${earlier ? 'after' : 'before'} ${names}`,
          new: `${earlier ? 'before' : 'after'} ${names}`,
          at: item.rule.source,
        },
      ),
    );
  }
  const effects = before.filter(isEffect);
  for (const [a, b] of matches) {
    const now = after.indexOf(b);
    const passed = effects.filter(effect => {
      const same = after.findIndex(other => other.name === effect.name && isEffect(other));
      return same >= 0 && same < now && place.get(effect)! > place.get(a)!;
    });
    if (passed.length === 0) continue;
    const names = listed(passed.map(({ name }) => name));
    remarks.push(
      remark(
        checkRules.afterEffect,
        `${pair.id}.${b.name}`,
        `${pair.id}.${b.name} comes after ${names} now`,
        {
          old: `before ${names}`,
          new: `after ${names}`,
          at: b.rule.source,
        },
      ),
    );
  }
  return remarks;
}
