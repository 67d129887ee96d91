/** Rules about the operations of a netlink family, and about what an overlay says of them. */
import type { Remark } from '../../rulebook/rule.ts';
import {
  type AnyOperation,
  exchangeOf,
  type Family,
  type FamilyExchange,
  type Mode,
  operationNumbers,
  renamedAttributes,
} from '../netlink.ts';
import { type DiffRule, listed, netlinks, type Pair, remark } from '../rule.ts';
import { family } from './netlink-attributes.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const ATTRIBUTES = '      - { name: id, type: u32 }\n      - { name: label, type: string }\n';
const GET =
  '{ name: get, attribute-set: main, do: { request: { attributes: [id] }, reply: { attributes: [id, label] } } }';
const SET = '{ name: set, attribute-set: main, do: { request: { attributes: [id] } } }';
const spec = (...operations: string[]) =>
  family(ATTRIBUTES, '', operations.map(each => `    - ${each}\n`).join(''));
const group = (name: string) => `${spec(GET)}mcast-groups: { list: [{ name: ${name} }] }\n`;
const overlays = (before: string, after: string): Pair => ({
  old: { netlink: spec(GET), overlay: `operations: { get: { do: { ${before} } } }` },
  new: { netlink: spec(GET), overlay: `operations: { get: { do: { ${after} } } }` },
});
const MISSING = '{ check: id-missing, errno: EINVAL, when: { missing: id } }';
const UNKNOWN = '{ check: id-unknown, errno: ENOENT, when: { unknown: { object: node, by: [id] } } }';

export const operationRules = {
  removed: {
    id: 'nl.op-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An operation is gone.',
    reason: 'An old program gets EOPNOTSUPP for what worked.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET, SET), spec(GET)),
    holds: netlinks(spec(GET), spec(GET, SET)),
  },
  moved: {
    id: 'nl.op-id-moved',
    severity: 'error',
    category: 'WIRE',
    summary: 'An operation has another number.',
    reason: 'Old programs send the number of before.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET, SET), spec(SET, GET)),
    holds: netlinks(spec(GET, SET), spec(GET, SET.replace(' }', ' }'))),
  },
  renamed: {
    id: 'nl.op-renamed',
    severity: 'warning',
    category: 'SOURCE',
    summary: 'An operation of the same number has another name.',
    reason: 'Programs that use the old name no longer compile; a header may go on to have it.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET, SET), spec(GET, SET.replace('name: set', 'name: change'))),
    holds: netlinks(spec(GET, SET), spec(GET, SET)),
  },
  modeRemoved: {
    id: 'nl.mode-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An operation can no longer be done for one object, or no longer be dumped.',
    reason: 'An old program gets EOPNOTSUPP for what worked.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET), spec(GET.replace('do:', 'dump:'))),
    holds: netlinks(spec(GET), spec(GET.replace(/ }$/, ', dump: { reply: { attributes: [id] } } }'))),
  },
  requestLost: {
    id: 'nl.request-attr-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A request may no longer hold an attribute.',
    reason: 'It is ignored now, or refused by a policy that is strict.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(SET.replace('[id]', '[id, label]')), spec(SET)),
    holds: netlinks(spec(SET), spec(SET.replace('[id]', '[id, label]'))),
  },
  replyLost: {
    id: 'nl.reply-attr-removed',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A reply no longer holds an attribute.',
    reason: 'Programs look for it.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET), spec(GET.replace('[id, label]', '[id]'))),
    holds: netlinks(spec(GET.replace('[id, label]', '[id]')), spec(GET)),
  },
  privilegeRaised: {
    id: 'nl.privilege-raised',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'An operation needs a permission that it did not need.',
    reason: 'Programs without it get EPERM for what they were allowed.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET), spec(GET.replace(', do', ', flags: [admin-perm], do'))),
    holds: netlinks(
      spec(GET.replace(', do', ', flags: [admin-perm], do')),
      spec(GET.replace(', do', ', flags: [uns-admin-perm], do')),
    ),
  },
  group: {
    id: 'nl.group-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A multicast group is gone.',
    reason: 'An old program finds nothing to subscribe to.',
    source: NO_REGRESSIONS,
    breaks: netlinks(group('monitor'), group('events')),
    holds: netlinks(group('monitor'), group('monitor')),
  },
  familyRemoved: {
    id: 'nl.family-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A family is gone or has another name.',
    reason: 'Programs find a family by its name.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET), spec(GET).replace('name: x', 'name: y')),
    holds: netlinks(spec(GET), spec(GET)),
  },
  required: {
    id: 'nl.attr-now-required',
    severity: 'error',
    category: 'WIRE',
    summary: 'A request needs an attribute that it did not need.',
    reason: 'Old programs do not send it and get EINVAL.',
    source: NO_REGRESSIONS,
    breaks: overlays('required: []', 'required: [id]'),
    holds: overlays('required: [id]', 'required: []'),
  },
  notAlways: {
    id: 'nl.reply-attr-not-always',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'An attribute that every reply had may be missing.',
    reason: 'Programs rest on it.',
    source: NO_REGRESSIONS,
    breaks: overlays('always: [id, label]', 'always: [id]'),
    holds: overlays('always: [id]', 'always: [id, label]'),
  },
  errno: {
    id: 'nl.errno-changed',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A check of an operation answers another errno.',
    reason: 'Programs tell cases apart by it.',
    source: NO_REGRESSIONS,
    breaks: overlays(`checks: [${UNKNOWN}]`, `checks: [${UNKNOWN.replace('ENOENT', 'ENODEV')}]`),
    holds: overlays(`checks: [${UNKNOWN}]`, `checks: [${UNKNOWN}]`),
  },
  checkAdded: {
    id: 'nl.check-added',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'An operation refuses what it accepted, or by another condition.',
    reason: 'A program that worked may get an errno.',
    source: NO_REGRESSIONS,
    breaks: overlays(`checks: [${MISSING}]`, `checks: [${MISSING}, ${UNKNOWN}]`),
    holds: overlays(`checks: [${MISSING}, ${UNKNOWN}]`, `checks: [${MISSING}, ${UNKNOWN}]`),
  },
  checkRemoved: {
    id: 'nl.check-removed',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'An operation accepts what it refused.',
    reason: 'An extension, unless programs try it to learn what the kernel can.',
    source: NO_REGRESSIONS,
    breaks: overlays(`checks: [${MISSING}, ${UNKNOWN}]`, `checks: [${MISSING}]`),
    holds: overlays(`checks: [${MISSING}]`, `checks: [${MISSING}]`),
  },
  order: {
    id: 'nl.check-reordered',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'Two checks of different errnos changed their places.',
    reason: 'A request with two wrong things gets another errno.',
    source: 'Documentation/process/botching-up-ioctls.rst:99',
    breaks: overlays(`checks: [${MISSING}, ${UNKNOWN}]`, `checks: [${UNKNOWN}, ${MISSING}]`),
    holds: overlays(`checks: [${MISSING}, ${UNKNOWN}]`, `checks: [${MISSING}, ${UNKNOWN}]`),
  },
  added: {
    id: 'added.operation',
    severity: 'info',
    category: 'WIRE',
    summary: 'An operation, a family or a multicast group is new.',
    reason: 'Nobody is hurt.',
    source: NO_REGRESSIONS,
    breaks: netlinks(spec(GET), spec(GET, SET)),
    holds: netlinks(spec(GET), spec(GET)),
  },
} satisfies Record<string, DiffRule>;

const MODES: readonly Mode[] = ['do', 'dump'];
/** Permissions, the weaker first: one in the caller's own user namespace is easier to have. */
const PERMISSIONS = ['none', 'uns-admin-perm', 'admin-perm'];

function permission({ flags = [] }: AnyOperation): number {
  return Math.max(0, ...flags.map(flag => PERMISSIONS.indexOf(flag)));
}

export function operationRemarks(old: Family, now: Family): Remark[] {
  const name = now.spec.name;
  const remarks: Remark[] = [];
  const say = (rule: DiffRule, subject: string, message: string, before?: string, after?: string) =>
    remarks.push(
      remark(rule, `${name}.${subject}`, `${name}.${subject} ${message}`, {
        old: before,
        new: after,
        at: now.path,
      }),
    );
  const [numbers, others] = [operationNumbers(old.spec), operationNumbers(now.spec)];
  const list = now.spec.operations.list;
  const heirs = new Set<string>();
  const renames = renamedAttributes(old, now);
  for (const a of old.spec.operations.list) {
    const was = numbers.get(a.name)!;
    const same = list.find(each => each.name === a.name);
    const b = same ?? list.find(each => !numbers.has(each.name) && others.get(each.name) === was);
    if (!b) {
      say(operationRules.removed, a.name, `(${was}) is gone`, was);
      continue;
    }
    if (!same) {
      say(operationRules.renamed, a.name, `is called ${b.name} now`, a.name, b.name);
      heirs.add(b.name);
    }
    const is = others.get(b.name)!;
    if (was !== is) say(operationRules.moved, a.name, `has the number ${is}, it had ${was}`, was, is);
    if (permission(b) > permission(a))
      say(
        operationRules.privilegeRaised,
        a.name,
        `needs ${PERMISSIONS[permission(b)]} now`,
        PERMISSIONS[permission(a)],
        PERMISSIONS[permission(b)],
      );
    const set = old.spec['attribute-sets'].find(each => each.name === a['attribute-set']);
    for (const mode of MODES) {
      const [from, to] = [a[mode], b[mode]];
      if (!from) continue;
      if (!to) {
        say(operationRules.modeRemoved, `${a.name}.${mode}`, 'is gone', mode);
        continue;
      }
      for (const side of ['request', 'reply'] as const) {
        const kept = to[side]?.attributes ?? [];
        // Members of a fixed header were once listed among the attributes.
        for (const attribute of from[side]?.attributes ?? [])
          if (
            set?.attributes.some(each => each.name === attribute) &&
            !kept.includes(attribute) &&
            !kept.includes(renames.get(`${set['subset-of'] ?? set.name} ${attribute}`) ?? attribute)
          )
            say(
              side === 'request' ? operationRules.requestLost : operationRules.replyLost,
              `${a.name}.${mode}.${attribute}`,
              `is no longer in the ${side}`,
              attribute,
            );
      }
      overlayRemarks(exchangeOf(old, a.name, mode), exchangeOf(now, b.name, mode), `${a.name}.${mode}`, say);
    }
  }
  for (const { name: fresh } of list)
    if (!numbers.has(fresh) && !heirs.has(fresh))
      say(operationRules.added, fresh, 'is new', undefined, others.get(fresh));
  const groups = (spec: Family['spec']) => (spec['mcast-groups']?.list ?? []).map(each => each.name);
  for (const each of groups(old.spec))
    if (!groups(now.spec).includes(each)) say(operationRules.group, each, 'is no multicast group now', each);
  for (const each of groups(now.spec))
    if (!groups(old.spec).includes(each))
      say(operationRules.added, each, 'is a new multicast group', undefined, each);
  return remarks;
}

function overlayRemarks(
  from: FamilyExchange | undefined,
  to: FamilyExchange | undefined,
  subject: string,
  say: (rule: DiffRule, subject: string, message: string, before?: string, after?: string) => void,
): void {
  if (!from || !to) return;
  const needed = (to.required ?? []).filter(each => !(from.required ?? []).includes(each));
  for (const each of needed)
    say(operationRules.required, `${subject}.${each}`, 'is required now', 'optional', 'required');
  for (const each of (from.always ?? []).filter(one => !(to.always ?? []).includes(one)))
    say(operationRules.notAlways, `${subject}.${each}`, 'is no longer in every reply', 'always', 'sometimes');
  const [before, after] = [from.checks ?? [], to.checks ?? []];
  for (const b of after) {
    const a = before.find(each => each.check === b.check);
    const text = `${b.errno} when ${JSON.stringify(b.when)}`;
    // What follows from a newly required attribute is told by that.
    const missing = (b.when as { missing?: string }).missing;
    if (!a && missing !== undefined && needed.includes(missing)) continue;
    if (!a) say(operationRules.checkAdded, `${subject}.${b.check}`, `is new: ${text}`, undefined, text);
    else if (a.errno !== b.errno)
      say(
        operationRules.errno,
        `${subject}.${b.check}`,
        `answers ${b.errno}, it answered ${a.errno}`,
        a.errno,
        b.errno,
      );
    else if (JSON.stringify(a.when) !== JSON.stringify(b.when)) {
      const was = `${a.errno} when ${JSON.stringify(a.when)}`;
      say(operationRules.checkAdded, `${subject}.${b.check}`, `is ${text}; it was ${was}`, was, text);
    }
  }
  for (const a of before)
    if (!after.some(each => each.check === a.check))
      say(operationRules.checkRemoved, `${subject}.${a.check}`, 'is gone', a.errno);
  const common = before.filter(a => after.some(b => b.check === a.check));
  const place = (name: string) => after.findIndex(each => each.check === name);
  for (const [i, a] of common.entries()) {
    const crossed = common.slice(i + 1).filter(b => place(b.check) < place(a.check) && a.errno !== b.errno);
    if (crossed.length === 0) continue;
    const names = listed(crossed.map(({ check }) => check));
    say(
      operationRules.order,
      `${subject}.${a.check}`,
      `comes after ${names} now`,
      `before ${names}`,
      `after ${names}`,
    );
  }
}

export function familyRemarks(removed: readonly Family[], added: readonly Family[]): Remark[] {
  return [
    ...removed.map(({ spec: { name } }) =>
      remark(operationRules.familyRemoved, name, `the family ${name} is gone`, { old: name }),
    ),
    ...added.map(({ spec: { name } }) =>
      remark(operationRules.added, name, `the family ${name} is new`, { new: name }),
    ),
  ];
}
