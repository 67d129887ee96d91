/** What changed between two versions of an interface, and who is hurt: the same formula as everything else, twice. */
import { walk } from '../catalogue/rules.ts';
import type { Facts } from '../layout/index.ts';
import { factToBigint } from '../layout/index.ts';
import { CATEGORIES, type Category, type Remark, SEVERITIES } from '../rulebook/rule.ts';
import { type CallPair, pairCalls } from './calls/pair.ts';
import { type HeaderPair, type Interface, pairHeaders } from './interface.ts';
import type { Family } from './netlink.ts';
import { type Place, placesOf } from './places.ts';
import type { DiffRule } from './rule.ts';
import { checkRemarks, checkRules } from './rules/checks.ts';
import { growthRemarks, growthRules, type Knowledge } from './rules/growth.ts';
import { ioctlRemarks, ioctlRules, replacedArguments } from './rules/ioctls.ts';
import { memberRemarks, memberRules } from './rules/members.ts';
import { headerRemarks, nameRemarks, nameRules, renamedStructs } from './rules/names.ts';
import { attributeRemarks, attributeRules } from './rules/netlink-attributes.ts';
import { familyRemarks, operationRemarks, operationRules } from './rules/netlink-operations.ts';
import { outputRemarks, outputRules } from './rules/outputs.ts';
import { descriptionRemarks, roleRemarks, roleRules, sinceRemarks } from './rules/roles.ts';
import { unreadIn, unreadRemarks, unreadRules } from './rules/unread.ts';
import { valueRemarks, valueRules } from './rules/values.ts';
import { structDelta } from './struct-delta.ts';

/** Every rule, by the groups of its files. */
export const diffRules: readonly DiffRule[] = [
  ioctlRules,
  memberRules,
  growthRules,
  valueRules,
  nameRules,
  unreadRules,
  checkRules,
  outputRules,
  roleRules,
  operationRules,
  attributeRules,
].flatMap(group => Object.values(group) as DiffRule[]);

/** What the semantics of both versions tell the rules of headers. */
function knowledgeOf(calls: readonly CallPair[]): Knowledge {
  return {
    enforced: (struct, path) =>
      calls.some(({ old }) => {
        const request = [...old.types.ioctls.values()].find(({ name }) => name === old.semantics.call);
        const argument =
          request?.argument && 'named' in request.argument ? request.argument.named : undefined;
        return (
          argument === struct &&
          walk(old.semantics.body).some(
            rule =>
              'check' in rule &&
              !rule.optional &&
              'nonzero' in rule.when &&
              typeof rule.when.nonzero === 'object' &&
              'field' in rule.when.nonzero &&
              rule.when.nonzero.field === path,
          )
        );
      }),
    reads: struct => {
      const roles = calls.flatMap(({ old }) => Object.values(old.semantics.structs?.[struct] ?? {}));
      if (roles.length > 0) return roles.some(({ direction }) => direction !== 'out');
      return calls.some(({ old }) =>
        walk(old.semantics.body).some(
          rule => 'write' in rule && 'struct' in rule.write && rule.write.struct === struct,
        ),
      )
        ? false
        : undefined;
    },
    pointed: struct => {
      const targets = calls
        .flatMap(({ new: now }) => [now.semantics.fields, ...Object.values(now.semantics.structs ?? {})])
        .flatMap(roles =>
          Object.values(roles).flatMap(({ target }) => (target?.struct === struct ? [target] : [])),
        );
      if (targets.length === 0) return undefined;
      return targets.some(({ count }) => count !== undefined) ? 'elements' : 'sized';
    },
  };
}

function structRemarks(pair: HeaderPair, renamed: ReadonlyMap<string, string>, known: Knowledge): Remark[] {
  const { old, new: now } = pair;
  const at = (place: Place) => `${now.facts.header}:${place.line}`;
  const compared = old.facts.types.flatMap(({ name }) => {
    const heir = renamed.get(name);
    return [[name, name], ...(heir === undefined ? [] : [[name, heir]])] as [string, string][];
  });
  return compared.flatMap(([from, to]) => {
    const [before, after] = [placesOf(old.types, from), placesOf(now.types, to)];
    if (!before || !after) return [];
    const delta = structDelta(before, after);
    return [...memberRemarks(delta, at), ...growthRemarks(delta, now.facts, old.facts, known, at)];
  });
}

interface Elsewhere {
  readonly names: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, bigint>;
}

/** What the other headers of the newer version define: a name that moved between headers is not gone. */
function elsewhereOf(facts: readonly Facts[], own: Facts | undefined): Elsewhere {
  const others = facts.filter(each => each !== own);
  const constants = others.flatMap(each => [
    ...each.constants,
    ...each.enums.flatMap(({ members }) => members),
  ]);
  const named = others.flatMap(each => [...each.types, ...each.typedefs, ...each.ioctls, ...each.unresolved]);
  return {
    names: new Set([...named, ...constants].map(({ name }) => name)),
    constants: new Map(constants.map(({ name, value }) => [name, factToBigint(value)])),
  };
}

function headersRemarks(before: Interface, after: Interface, known: Knowledge): Remark[] {
  const pairing = pairHeaders(before, after);
  const remarks = headerRemarks(pairing, elsewhereOf(after.facts, undefined).names);
  for (const pair of pairing.pairs) {
    const found = elsewhereOf(after.facts, pair.new.facts);
    // What cannot be read is not gone.
    const unread = unreadIn(pair.new);
    const elsewhere = { ...found, names: new Set([...found.names, ...unread.keys()]) };
    const renamed = renamedStructs(pair);
    remarks.push(
      ...ioctlRemarks(pair, elsewhere.names),
      ...structRemarks(pair, new Map([...replacedArguments(pair), ...renamed]), known),
      ...valueRemarks(pair, elsewhere.constants),
      ...nameRemarks(pair, renamed, elsewhere.names),
      ...sinceRemarks(pair),
      ...unreadRemarks(pair),
    );
  }
  return remarks;
}

function familiesRemarks(before: readonly Family[], after: readonly Family[]): Remark[] {
  const find = (list: readonly Family[], { spec }: Family) => list.find(each => each.spec.name === spec.name);
  const pairs = before.flatMap(old => {
    const now = find(after, old);
    return now ? [{ old, now }] : [];
  });
  return [
    ...familyRemarks(
      before.filter(each => !find(after, each)),
      after.filter(each => !find(before, each)),
    ),
    ...pairs.flatMap(({ old, now }) => [...operationRemarks(old, now), ...attributeRemarks(old, now)]),
  ];
}

const rank = ({ rule }: Remark) =>
  SEVERITIES.indexOf(rule.severity) * CATEGORIES.length + CATEGORIES.indexOf(rule.category as Category);

/** Everything that differs, the worst first. */
export function diff(before: Interface, after: Interface): Remark[] {
  const calls = pairCalls(before, after);
  const both = before.calls.length > 0 && after.calls.length > 0;
  const remarks = [
    ...headersRemarks(before, after, knowledgeOf(calls.pairs)),
    // A side of which nothing is described says nothing about what the other one describes.
    ...(both ? descriptionRemarks(calls) : []),
    ...calls.pairs.flatMap(pair => [...roleRemarks(pair), ...checkRemarks(pair), ...outputRemarks(pair)]),
    ...familiesRemarks(before.families, after.families),
  ];
  return remarks.sort((a, b) => rank(a) - rank(b));
}
