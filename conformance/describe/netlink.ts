/** `accel-uapi describe FAMILY[.OPERATION]` for a netlink family, as data: what `schemas/meta/describe-netlink.schema.json` says. */
import {
  attributeConstant,
  attributeNumbers,
  enumEntries,
  findSet,
  messageAttributes,
  type NetlinkDescription,
  type NetlinkFamily,
  type NetlinkOperation,
  operationConstant,
  orderedChecks,
  printNetlinkCondition,
} from '../../schemas/index.ts';

export type DescribedOperation = NetlinkDescription['operations'][number];
export type DescribedExchange = NonNullable<DescribedOperation['do']>;
export type DescribedAttribute = NetlinkDescription['sets'][number]['attributes'][number];

/** The release in which a constant of the header came, where that is known. */
const sinceOf = (family: NetlinkFamily, constant: string) => {
  const since = family.constants.get(constant)?.since;
  return since ? { since } : {};
};

function attributes(family: NetlinkFamily, set: string): DescribedAttribute[] {
  const { set: part, whole } = findSet(family.spec, set)!;
  const numbers = attributeNumbers(whole);
  return part.attributes.map(({ name }) => {
    const own = whole.attributes.find(each => each.name === name)!;
    const constant = attributeConstant(family.spec, whole, name);
    return {
      name,
      constant,
      number: numbers.get(name)!,
      type: own.type!,
      ...(own['multi-attr'] ? { many: true as const } : {}),
      ...(own['nested-attributes'] ? { set: own['nested-attributes'] } : {}),
      ...(own.enum ? { enum: own.enum } : {}),
      ...(own['enum-as-flags'] ? { flags: true as const } : {}),
      ...sinceOf(family, constant),
      doc: own.doc!,
    };
  });
}

function exchange(
  family: NetlinkFamily,
  operation: NetlinkOperation,
  mode: 'do' | 'dump',
): DescribedExchange | undefined {
  const told = operation.overlay[mode];
  if (!told) return undefined;
  const print = (when: Parameters<typeof printNetlinkCondition>[0]) =>
    printNetlinkCondition(when, family.named);
  return {
    request: [...messageAttributes(family, operation, mode, 'request')],
    required: told.required,
    ...(told.oneOf ? { oneOf: told.oneOf } : {}),
    reply: told.reply ?? 'none',
    ...(told.replies_when ? { repliesWhen: print(told.replies_when) } : {}),
    replies: [...messageAttributes(family, operation, mode, 'reply')],
    ...(told.always ? { always: told.always } : {}),
    before: told.before,
    checks: orderedChecks(family, told).map(({ list, check }) => ({
      id: `${family.key}.${list ?? `${operation.name}.${mode}`}.${check.check}`,
      errno: check.errno,
      when: print(check.when),
      ...(check.extack ? { extack: [...check.extack] } : {}),
      basis: check.basis,
      source: check.source,
      evidence: check.evidence,
      ...(check.note ? { note: check.note } : {}),
    })),
    ...(told.note ? { note: told.note } : {}),
  };
}

function describeOperation(family: NetlinkFamily, operation: NetlinkOperation): DescribedOperation {
  const { name, spec, overlay, part, request, reply } = operation;
  const constant = operationConstant(family.spec, spec);
  const [asked, dumped] = [exchange(family, operation, 'do'), exchange(family, operation, 'dump')];
  const flags: readonly string[] = spec.flags ?? [];
  return {
    name,
    constant,
    part,
    kind: overlay.sent ? 'notification' : 'operation',
    ...(request === undefined ? {} : { request }),
    ...(reply === undefined ? {} : { reply }),
    ...(overlay.since ? { since: overlay.since } : sinceOf(family, constant)),
    set: spec['attribute-set'],
    doc: spec.doc,
    ...(overlay.note ? { note: overlay.note } : {}),
    ...(flags.includes('admin-perm') ? { privilege: 'CAP_NET_ADMIN' } : {}),
    ...(asked ? { do: asked } : {}),
    ...(dumped ? { dump: dumped } : {}),
    ...(overlay.emits
      ? {
          emits: overlay.emits.map(({ when, ...rest }) => ({
            ...rest,
            ...(when ? { when: printNetlinkCondition(when, family.named) } : {}),
          })),
        }
      : {}),
    ...(overlay.sent
      ? {
          sent: {
            when: overlay.sent.when,
            group: spec.mcgrp!,
            attributes: [...messageAttributes(family, operation, 'notification', 'reply')],
            always: overlay.sent.always ?? [],
            source: overlay.sent.source,
          },
        }
      : {}),
  };
}

/** Sets that attributes of a set lead to, and those that these lead to, and so on. */
function reachable(family: NetlinkFamily, from: readonly DescribedAttribute[], into: Set<string>): void {
  for (const { set } of from) {
    if (set === undefined || into.has(set)) continue;
    into.add(set);
    reachable(family, attributes(family, set), into);
  }
}

/** The whole family, or one operation with the attributes and enums that its messages have. */
export function netlinkJson(family: NetlinkFamily, only?: NetlinkOperation): NetlinkDescription {
  const { spec, key, header, kernel } = family;
  const operations = [...family.operations.values()]
    .filter(each => only === undefined || each === only)
    .map(each => describeOperation(family, each));
  const used = new Set(
    operations.flatMap(({ do: asked, dump, sent }) =>
      [asked?.request, asked?.replies, dump?.request, dump?.replies, sent?.attributes].flatMap(
        each => each ?? [],
      ),
    ),
  );
  const top = new Set(operations.map(({ set }) => set));
  const nests = new Set<string>();
  const own = (set: string) => attributes(family, set).filter(({ name }) => !only || used.has(name));
  for (const set of top) reachable(family, own(set), nests);
  const all = spec['attribute-sets'].filter(({ name }) => !only || top.has(name) || nests.has(name));
  const sets = all.map(({ name, doc }) => ({
    name,
    doc,
    attributes: top.has(name) && !nests.has(name) ? own(name) : attributes(family, name),
  }));
  const named = new Set(sets.flatMap(set => set.attributes.flatMap(each => each.enum ?? [])));
  return {
    family: key,
    name: spec.name,
    protocol: spec.protocol,
    header,
    kernel,
    doc: spec.doc,
    groups: spec['mcast-groups']?.list.map(({ name }) => name) ?? [],
    enums: (spec.definitions ?? [])
      .filter(({ name }) => !only || named.has(name))
      .map(definition => ({
        name: definition.name,
        doc: definition.doc,
        entries: enumEntries(spec, definition),
      })),
    sets,
    operations,
  };
}
