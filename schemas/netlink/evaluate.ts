/** Which check of an operation answers a request: the conditions of the overlay, evaluated in their order. */
import type {
  OverlayCondition as Condition,
  OfAttribute,
  OverlayTerm as Term,
} from '../generated/types/netlink-overlay.ts';
import { type NetlinkFamily, type OverlayCheck, type OverlayExchange, orderedChecks } from './family.ts';

/** What conditions ask of a request and of the device. */
export interface CheckScene {
  present(attribute: string): boolean;
  /** Undefined for an attribute that is missing or no number. */
  value(attribute: string): bigint | undefined;
  length(attribute: string): number;
  /** Whether the attributes name such an object. */
  exists(object: string, by: readonly string[]): boolean;
  property(object: string, property: string): bigint | undefined;
  /** Whether the driver can do it. */
  offers(operation: string): boolean;
  capable(capability: string): boolean;
  /** What only a program can say. */
  named(name: string): boolean;
}

function termValue(family: NetlinkFamily, term: Term, scene: CheckScene): bigint | undefined {
  if (typeof term === 'number') return BigInt(term);
  if ('const' in term) {
    const value = family.constants.get(term.const)?.value;
    return value === undefined ? undefined : BigInt(value);
  }
  if ('property' in term) {
    const [object, property] = term.property.split('.') as [string, string];
    return scene.property(object, property);
  }
  const { attr, length } = term as OfAttribute;
  return length === undefined ? scene.value(attr!) : BigInt(scene.length(length));
}

const COMPARE = {
  eq: (a: bigint, b: bigint) => a === b,
  ne: (a: bigint, b: bigint) => a !== b,
  lt: (a: bigint, b: bigint) => a < b,
  gt: (a: bigint, b: bigint) => a > b,
  ge: (a: bigint, b: bigint) => a >= b,
} as const;

export function holdsNetlink(family: NetlinkFamily, condition: Condition, scene: CheckScene): boolean {
  const holds = (each: Condition) => holdsNetlink(family, each, scene);
  const { missing, present, more, unknown, lacks, unprivileged, named, all, any, not } = condition;
  if (missing) return !scene.present(missing);
  if (present) return scene.present(present);
  if (more) return more.filter(each => scene.present(each)).length > 1;
  if (unknown) return !scene.exists(unknown.object, unknown.by);
  if (lacks) return !scene.offers(lacks);
  if (unprivileged) return !scene.capable(unprivileged);
  if (named) return scene.named(named);
  if (all) return all.every(holds);
  if (any) return any.some(holds);
  if (not) return !holds(not);
  const [name, [left, right]] = Object.entries(condition)[0] as [keyof typeof COMPARE, [Term, Term]];
  const [a, b] = [termValue(family, left, scene), termValue(family, right, scene)];
  return a !== undefined && b !== undefined && COMPARE[name](a, b);
}

/** The first check that fails; undefined for a good request. */
export function firstFailing(
  family: NetlinkFamily,
  exchange: OverlayExchange,
  scene: CheckScene,
  skip: (check: OverlayCheck) => boolean = () => false,
): { readonly list?: string; readonly check: OverlayCheck } | undefined {
  return orderedChecks(family, exchange).find(
    ({ check }) => !skip(check) && holdsNetlink(family, check.when, scene),
  );
}
