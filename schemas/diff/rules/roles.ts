/** Rules about the members of a described argument, about who may call, and about what only documents a call. */
import type { FieldRole, Semantics } from '../../generated/types/semantics.ts';
import type { Remark } from '../../rulebook/rule.ts';
import { valuesOf } from '../calls/decide.ts';
import type { CallPair, CallPairing } from '../calls/pair.ts';
import type { HeaderPair } from '../interface.ts';
import { body, CALL_HEADER, calls, type DiffRule, listed, remark } from '../rule.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const UNUSED = 'Documentation/process/botching-up-ioctls.rst:72';
const fields = (text: string) => `fields: { ${text} }\n${body(FIRST)}`;
const FIRST = '{ check: size-zero, when: { eq: [{ field: size }, 0] }, errno: EINVAL }';
const more = (direction: string, role = 'value') =>
  fields(`more: { direction: ${direction}, role: ${role} }`);
const access = (flags: string) => `access: [${flags}]\n${body(FIRST)}`;
const compat = (how: string) =>
  `compat: { how: ${how}, source: "drivers/gpu/drm/drm_ioc32.c:379" }\n${body(FIRST)}`;
/** Of another ioctl of the same header, too. */
const TWO = `${body(FIRST)}---\ncall: DRM_IOCTL_Y\nkey: y\n${body(FIRST)}`;
/** An enum of what the kernel answers. */
const ANSWERS = fields('more: { direction: out, role: value, values: { enum: x_flags } }').replace(
  /\n$/,
  '\n  - { set: more, to: { opaque: true } }\n',
);

export const roleRules = {
  read: {
    id: 'wire.field-read',
    severity: 'error',
    category: 'WIRE',
    summary: 'The kernel reads a member that it did not read.',
    reason: 'Old programs leave there what they like.',
    source: UNUSED,
    breaks: calls(more('unused'), more('in')),
    holds: calls(more('in'), more('in')),
  },
  ignored: {
    id: 'wire.field-ignored',
    severity: 'error',
    category: 'WIRE',
    summary: 'The kernel no longer reads a member.',
    reason: 'What an old program asks for in it is no longer done.',
    source: NO_REGRESSIONS,
    breaks: calls(more('in'), more('unused', 'reserved')),
    holds: calls(more('in'), more('in', 'number')),
  },
  written: {
    id: 'wire.field-written',
    severity: 'error',
    category: 'WIRE',
    summary: 'The kernel writes into a member that it did not write.',
    reason:
      'An old program that makes the call twice with one struct gives the kernel’s value the second time.',
    source: NO_REGRESSIONS,
    breaks: calls(more('in'), `${more('inout')}  - { set: more, to: { opaque: true } }\n`),
    holds: calls(more('in'), more('in')),
  },
  unwritten: {
    id: 'wire.field-no-longer-written',
    severity: 'error',
    category: 'WIRE',
    summary: 'The kernel no longer writes a member.',
    reason: 'An old program reads what it left there itself.',
    source: NO_REGRESSIONS,
    breaks: calls(`${more('inout')}  - { set: more, to: { opaque: true } }\n`, more('in')),
    holds: calls(more('in'), more('in')),
  },
  privilegeRaised: {
    id: 'behaviour.privilege-raised',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A call needs a permission that it did not need.',
    reason: 'Programs without it get EACCES for what they were allowed.',
    source: 'drivers/gpu/drm/drm_ioctl.c:611',
    breaks: calls(access('render'), access('render, root')),
    holds: calls(access('render, root'), access('render, root')),
  },
  privilegeLowered: {
    id: 'behaviour.privilege-lowered',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'A call no longer needs a permission.',
    reason: 'No program is hurt; whoever kept the others out is.',
    source: 'drivers/gpu/drm/drm_ioctl.c:611',
    breaks: calls(access('render, root'), access('render')),
    holds: calls(access('render'), access('render')),
  },
  closedSet: {
    id: 'behaviour.value-added-to-output',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'A member that the kernel writes can hold a value that was not defined.',
    reason: 'Programs that know all values of before meet another one.',
    source: 'Documentation/process/botching-up-ioctls.rst:60',
    breaks: calls(ANSWERS, ANSWERS, CALL_HEADER.replace('X_B = 2', 'X_B = 2, X_C = 4')),
    holds: calls(ANSWERS, ANSWERS),
  },
  compat: {
    id: 'wire.compat-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'The core does something else for 32-bit programs on a 64-bit kernel.',
    reason: 'Nobody on a 64-bit machine sees it.',
    source: 'drivers/gpu/drm/drm_ioc32.c:379',
    breaks: calls(compat('copied'), compat('refused')),
    holds: calls(compat('copied'), compat('copied')),
  },
  environmental: {
    id: 'behaviour.environmental-errno-added',
    severity: 'info',
    category: 'BEHAVIOUR',
    summary: 'The state of the machine can end a call with another errno.',
    reason: 'A program should be ready for any of them.',
    source: 'Documentation/gpu/drm-uapi.rst:591',
    breaks: calls(
      `environmental: [ENOMEM]\n${body(FIRST)}`,
      `environmental: [ENOMEM, EINTR]\n${body(FIRST)}`,
    ),
    holds: calls(`environmental: [ENOMEM]\n${body(FIRST)}`, `environmental: [ENOMEM]\n${body(FIRST)}`),
  },
  since: {
    id: 'doc.since-changed',
    severity: 'info',
    category: 'DOC',
    summary: 'The release that first had a call or a name of a header is said to be another one.',
    reason: 'Nothing that a program meets has changed.',
    source: 'Documentation/process/botching-up-ioctls.rst:60',
    breaks: calls(`since: "6.1"\n${body(FIRST)}`, `since: "6.2"\n${body(FIRST)}`),
    holds: calls(body(FIRST), body(FIRST)),
  },
  text: {
    id: 'doc.text-changed',
    severity: 'info',
    category: 'DOC',
    summary: 'Words that describe a call have changed, and nothing else of them.',
    reason: 'Nothing that a program meets has changed.',
    source: 'Documentation/process/botching-up-ioctls.rst:60',
    breaks: calls(`summary: Makes it.\n${body(FIRST)}`, `summary: Makes a buffer.\n${body(FIRST)}`),
    holds: calls(body(FIRST), body(FIRST)),
  },
  undescribed: {
    id: 'doc.call-undescribed',
    severity: 'warning',
    category: 'DOC',
    summary: 'A call is no longer described.',
    reason: 'What it does can no longer be compared.',
    source: 'Documentation/process/botching-up-ioctls.rst:81',
    breaks: calls(TWO, body(FIRST)),
    holds: calls(body(FIRST), body(FIRST)),
  },
  described: {
    id: 'added.call',
    severity: 'info',
    category: 'DOC',
    summary: 'A call is described for the first time.',
    reason: 'Nobody is hurt.',
    source: 'Documentation/process/botching-up-ioctls.rst:81',
    breaks: calls(body(FIRST), TWO),
    holds: calls(body(FIRST), body(FIRST)),
  },
} satisfies Record<string, DiffRule>;

type Roles = Readonly<Record<string, FieldRole>>;

const reads = (role: FieldRole) => role.direction === 'in' || role.direction === 'inout';
const writes = (role: FieldRole) => role.direction === 'out' || role.direction === 'inout';
/** A member that is read only to be refused is no use of it: the rules of checks tell that. */
const asks = (role: FieldRole) => reads(role) && role.role !== 'reserved';

function fieldRemarks(pair: CallPair, owner: string, old: Roles, now: Roles): Remark[] {
  const remarks: Remark[] = [];
  for (const [name, a] of Object.entries(old)) {
    const b = now[name];
    if (!b) continue;
    const subject = `${owner}.${name}`;
    const say = (rule: DiffRule, message: string) =>
      remarks.push(remark(rule, subject, `${subject} ${message}`, { old: a.direction, new: b.direction }));
    if (asks(b) && !asks(a)) say(roleRules.read, 'is read by the kernel now');
    if (asks(a) && !asks(b)) say(roleRules.ignored, 'is no longer read by the kernel');
    if (writes(b) && !writes(a)) say(roleRules.written, 'is written by the kernel now');
    if (writes(a) && !writes(b)) say(roleRules.unwritten, 'is no longer written by the kernel');
    if (!writes(a) || !writes(b) || !a.values || !b.values) continue;
    const known = valuesOf(pair.old.types, a.values);
    const fresh = valuesOf(pair.new.types, b.values).filter(value => !known.includes(value));
    if (fresh.length === 0) continue;
    remarks.push(
      remark(roleRules.closedSet, subject, `${subject} can be ${listed(fresh.map(String))} now`, {
        old: known.join(', '),
        new: fresh.join(', '),
      }),
    );
  }
  return remarks;
}

function accessRemarks({ id, old, new: now }: CallPair): Remark[] {
  const [before, after] = [old.semantics.access ?? [], now.semantics.access ?? []];
  // Without render a call is refused on a render node; the other flags each ask for something.
  const needs = (flags: NonNullable<Semantics['access']>) => [
    ...flags.filter(flag => flag !== 'render'),
    ...(flags.includes('render') ? [] : ['a node that is no render node']),
  ];
  const [had, has] = [needs(before), needs(after)];
  const change = { old: had.join(', ') || 'nothing', new: has.join(', ') || 'nothing' };
  const raised = has.filter(flag => !had.includes(flag));
  const lowered = had.filter(flag => !has.includes(flag));
  if (raised.length > 0)
    return [remark(roleRules.privilegeRaised, id, `${id} needs ${listed(raised)} now`, change)];
  if (lowered.length > 0)
    return [remark(roleRules.privilegeLowered, id, `${id} no longer needs ${listed(lowered)}`, change)];
  return [];
}

const WORDS = new Set(['note', 'summary', 'source', 'evidence', 'since', 'tier']);

/** A description without what only documents it. */
function bare(semantics: Semantics): string {
  return JSON.stringify(semantics, (key, value) => (WORDS.has(key) ? undefined : value));
}

function prose(semantics: Semantics): string {
  const found: string[] = [];
  JSON.stringify(semantics, (key, value) => {
    if ((key === 'note' || key === 'summary') && typeof value === 'string') found.push(value);
    return value;
  });
  return found.join('\n');
}

export function roleRemarks(pair: CallPair): Remark[] {
  const { id, old, new: now } = pair;
  const [a, b] = [old.semantics, now.semantics];
  const remarks = fieldRemarks(pair, id, a.fields, b.fields);
  for (const [struct, roles] of Object.entries(a.structs ?? {}))
    remarks.push(...fieldRemarks(pair, struct, roles, b.structs?.[struct] ?? {}));
  remarks.push(...accessRemarks(pair));
  const how = ({ compat }: Semantics) =>
    compat ? [compat.how, ...(compat.abis ?? [])].join(' ') : 'as 64 bits';
  if (how(a) !== how(b))
    remarks.push(
      remark(roleRules.compat, id, `${id} is ${how(b)} for 32-bit programs, it was ${how(a)}`, {
        old: how(a),
        new: how(b),
      }),
    );
  const errnos = (b.environmental ?? []).filter(errno => !a.environmental?.includes(errno));
  if (errnos.length > 0)
    remarks.push(
      remark(roleRules.environmental, id, `${id} may end with ${listed(errnos)}`, { new: errnos.join(', ') }),
    );
  if (a.since !== b.since)
    remarks.push(
      remark(roleRules.since, id, `${id} is there since ${b.since ?? 'ever'}, it was ${a.since ?? 'ever'}`, {
        old: a.since ?? 'ever',
        new: b.since ?? 'ever',
      }),
    );
  if (bare(a) === bare(b) && prose(a) !== prose(b))
    remarks.push(remark(roleRules.text, id, `the words about ${id} have changed`));
  return remarks;
}

/** Of headers whose facts tell the releases: where only one of them does, nothing is known. */
export function sinceRemarks({ old, new: now }: HeaderPair): Remark[] {
  const named = ({ facts: { ioctls, constants } }: HeaderPair['old']) => [...ioctls, ...constants];
  const before = new Map(named(old).map(({ name, since }) => [name, since]));
  return named(now).flatMap(({ name, since, line }) => {
    const was = before.get(name);
    if (was === undefined || since === undefined || was === since) return [];
    const change = { old: was, new: since, at: `${now.facts.header}:${line}` };
    return [remark(roleRules.since, name, `${name} is there since ${since}, it was ${was}`, change)];
  });
}

export function descriptionRemarks({ removed, added }: CallPairing): Remark[] {
  const say = (rule: DiffRule, verb: string) => (call: CallPairing['added'][number]) => {
    const id = `${call.owner}.${call.semantics.key}`;
    return remark(rule, id, `${id} ${verb}`);
  };
  return [
    ...removed.map(say(roleRules.undescribed, 'is no longer described')),
    ...added.map(say(roleRules.described, 'is described for the first time')),
  ];
}
