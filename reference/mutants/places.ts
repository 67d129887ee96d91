/** The places of a description that a mutant can break. */
import {
  type CallDescription,
  type CheckRule,
  catalogue,
  type DriverDescription,
  type EachRule,
  hasFeatures,
  lacksFeature,
  type Rule,
  ruleName,
  type SetRule,
  type WriteRule,
  walk,
  wholeDrivers,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Mutant } from './mutant.ts';
import { onlyOnProfile } from './on-profile.ts';
import { onlyOn } from './only-on.ts';
import { whyUnreached } from './unreached.ts';

/** The core's rules are broken once, on a driver that has GEM objects and few calls of its own. */
const CORE_DRIVER = 'ethosu';

/** A rule with its call and its full id. */
export interface Place<R extends Rule = Rule> {
  readonly driver: DriverDescription;
  readonly call: CallDescription;
  readonly rule: R;
  readonly id: string;
}

export function carriesCore(driver: DriverDescription): boolean {
  return driver.name === CORE_DRIVER;
}

/** Whether the call is the core's, lacks a feature on the driver on which the core is broken, and has it here first. */
function onlyHere(driver: DriverDescription, call: CallDescription): boolean {
  if (hasFeatures(catalogue().drivers.get(CORE_DRIVER)!, call)) return false;
  return wholeDrivers().find(each => hasFeatures(each, call))?.name === driver.name;
}

/**
 * The calls to break on this driver: its own, and on one driver the core's. What may kill the machine is left out, and what
 * is not described whole.
 */
export function callsToBreak(driver: DriverDescription): CallDescription[] {
  return [...driver.calls.values()].filter(
    call =>
      (carriesCore(driver) || !call.id.startsWith('drm.') || onlyHere(driver, call)) &&
      call.semantics.tier !== 'destructive' &&
      call.semantics.level === undefined &&
      whyUnreached(driver.name, call.id, call.id) === undefined,
  );
}

/** Whether some arguments make the call succeed on this driver: nothing of what it needs is missing. */
function canSucceed(driver: DriverDescription, call: CallDescription): boolean {
  return !call.semantics.access?.includes('master') && hasFeatures(driver, call);
}

/** The rules of a call in their order, as far as the check for a feature that the driver lacks. */
function reachable(driver: DriverDescription, { semantics: { body } }: CallDescription): Rule[] {
  const end = body.findIndex(rule => lacksFeature(driver, rule) === true);
  return [...walk(end < 0 ? body : body.slice(0, end + 1))];
}

function places<R extends Rule>(driver: DriverDescription, is: (rule: Rule) => rule is R): Place<R>[] {
  const found = callsToBreak(driver).flatMap(call => rulesOf(driver, call));
  // Of the other calls, those rules that only this driver gets to.
  const others = [...driver.calls.values()]
    .filter(call => !found.some(place => place.call === call))
    .flatMap(call => rulesOf(driver, call).filter(({ id }) => onlyOn[id] === driver.name));
  return [...found, ...others]
    .filter((place): place is Place<R> => is(place.rule))
    .filter(({ id }) => (onlyOn[id] ?? driver.name) === driver.name)
    .filter(({ call, id }) => whyUnreached(driver.name, call.id, id) === undefined);
}

function rulesOf(driver: DriverDescription, call: CallDescription): Place[] {
  return reachable(driver, call).map(rule => ({ driver, call, rule, id: `${call.id}.${ruleName(rule)}` }));
}

/**
 * Checks that must be made; a driver may leave an optional one out. A check for a feature that the driver has never
 * fails on it, so nothing can tell when it is gone.
 */
export function checkPlaces(driver: DriverDescription): Place<CheckRule>[] {
  return places(driver, (rule): rule is CheckRule => 'check' in rule && !rule.optional).filter(
    ({ rule }) => lacksFeature(driver, rule) !== false,
  );
}

/** Rules that set an output of an ioctl. */
export function setPlaces(driver: DriverDescription): Place<SetRule>[] {
  return places(driver, (rule): rule is SetRule => 'set' in rule).filter(
    ({ call }) => call.request && canSucceed(driver, call),
  );
}

/** Calls that some arguments make succeed. */
export function workingCalls(driver: DriverDescription): CallDescription[] {
  return callsToBreak(driver).filter(call => canSucceed(driver, call));
}

/** Bytes that are written; nothing tells whether those that only the device knows are the right ones, or any. */
export function writePlaces(driver: DriverDescription): Place<WriteRule>[] {
  return places(driver, (rule): rule is WriteRule => 'write' in rule && !('opaque' in rule.write));
}

export function eachPlaces(driver: DriverDescription): Place<EachRule>[] {
  return places(driver, (rule): rule is EachRule => 'each' in rule);
}

/** What asks whether jobs still use a buffer. */
export const ASKS_FOR_JOBS = /"model":"(?:used|written|queued)_after"/;

/** The clauses that the checks of one rule are judged under. */
export function clausesOf({ driver, rule }: Place<CheckRule>): ClauseId[] {
  // The names of GEM_FLINK belong to the device, so no client's are foreign to another.
  if ('noHandle' in rule.when && rule.when.resource === 'gem_name')
    return ['handle.zero', 'handle.never-issued'];
  // Where one client keeps all others out, nobody has a foreign handle.
  const foreign: ClauseId[] = driver.manifest.openers === 1 ? [] : ['handle.foreign'];
  if ('noHandle' in rule.when) return ['handle.zero', 'handle.never-issued', 'handle.closed', ...foreign];
  // A wait for the jobs of a buffer passes its deadline only while one runs; a sync object may never get its fence.
  if (rule.clause === 'argument.deadline' && ASKS_FOR_JOBS.test(JSON.stringify(rule.when)))
    return ['job.completion'];
  if (rule.clause === 'dispatch.bad-argument' && 'unreadable' in rule.when)
    return ['dispatch.bad-argument', 'dispatch.null-argument'];
  return [rule.clause as ClauseId];
}

/** What every mutant of a place has in common. */
export function at(
  operator: string,
  place: Place,
  more: Pick<Mutant, 'class' | 'clauses' | 'summary' | 'patch'>,
): Mutant {
  const profile = onlyOnProfile(place.driver, place.call, place.rule);
  return {
    id: `${operator}.${place.id}`,
    driver: place.driver.name,
    ...(profile === undefined ? {} : { profile }),
    ...more,
  };
}
