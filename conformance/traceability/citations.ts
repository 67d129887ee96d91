/** Which families test a clause: read from the plans of the strict references, written nowhere. */

import { withControl } from '../../reference/index.ts';
import { type DriverDescription, modelledDrivers } from '../../schemas/index.ts';
import { controlFamily } from '../families/control.ts';
import { firmwareFamily } from '../families/firmware.ts';
import { healthFamily } from '../families/health.ts';
import { families } from '../families/index.ts';
import { netlinkProfiles } from '../netlink/profiles.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { ERRNO_CLAUSE } from '../run/errno-watch.ts';
import { FetchWatch } from '../run/fetch-watch.ts';
import { identify } from '../run/identity.ts';
import { KERNEL_CLAUSES } from '../run/kernel-watch.ts';
import { openTarget } from '../targets/open.ts';

/** Random programs, and the clauses about every step of a run, are no case of a family. */
const RANDOM = 'random programs';
const EVERY_STEP = 'every step';
/** With it the cases that take the driver from its device are planned too; nothing is run. */
const BINDING = { driver: '/sys/bus/platform/drivers/any', device: 'any.0' };

/** A driver with work, queries and fdinfo. */
const MANAGED = 'ethosu';
const ANY_DEVICE = { family: 21, group: 5, bus: 'any', device: 'any.0' };

/** Instances of a clause that a family makes before it is looked whether they can be reached. */
const FEW = 2;

/**
 * The clauses that a family tests here, each with the family's name, but for those that are known. One instance that is
 * reached is enough, so most are not made.
 */
function citedBy(
  family: (typeof families)[number],
  context: PlanContext,
  known: Set<string>,
): [clause: string, family: string][] {
  const cited: [string, string][] = [];
  const take = (wanted: NonNullable<PlanContext['wanted']>) => {
    for (const { family: name, instances } of family({ ...context, wanted }))
      for (const { clause, notReached, notClaimed, probes } of instances)
        if (notReached === undefined && notClaimed === undefined && probes.length > 0 && !known.has(clause)) {
          known.add(clause);
          cited.push([clause, name]);
        }
  };
  const asked = new Map<string, Set<string>>();
  take(({ clause, instance }) => {
    const few = asked.get(clause) ?? new Set();
    asked.set(clause, few.add(instance));
    return !known.has(clause) && few.size <= FEW;
  });
  const left = [...asked].flatMap(([clause, { size }]) => (size > FEW && !known.has(clause) ? [clause] : []));
  if (left.length > 0) take(({ clause }) => left.includes(clause));
  return cited;
}

/** Families by clause; one that some case has and that can be neither claimed nor reached anywhere is not tested. */
export async function citations(
  drivers: readonly DriverDescription[] = modelledDrivers(),
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, Set<string>>();
  const cite = (clause: string, by: string) => {
    found.set(clause, (found.get(clause) ?? new Set()).add(by));
  };
  const known = families.map(() => new Set<string>());
  for (const { name } of drivers) {
    const target = await openTarget(`reference:${name}`);
    try {
      const { link } = target;
      const found = await identify(link, target.nodePath ? { nodePath: target.nodePath } : {});
      const { driver, nodePath, minor, minors, params } = found;
      const context = {
        driver,
        hello: link.hello,
        nodePath,
        minor,
        minors,
        params,
        seed: 1,
        binding: BINDING,
      };
      for (const [index, family] of families.entries())
        for (const [clause, name] of citedBy(family, context, known[index]!)) cite(clause, name);
      // One driver tells what the management profile adds to any.
      if (name === MANAGED) {
        const managed = { ...context, driver: withControl(driver), managed: ANY_DEVICE };
        for (const family of [controlFamily, firmwareFamily, healthFamily])
          for (const [clause, by] of citedBy(family, managed, new Set())) cite(clause, by);
      }
      for (const { clause } of new FetchWatch(driver, link).instances) cite(clause, EVERY_STEP);
      if (ioctls(driver).length > 0) cite('model.outcome', RANDOM);
    } finally {
      await target.close();
    }
  }
  for (const profile of netlinkProfiles.values()) {
    const peer = await openTarget(`reference:${profile.name}`);
    try {
      for (const { family, instances } of profile.cases(await profile.identify(peer.link)))
        for (const { clause } of instances) cite(clause, family);
    } finally {
      await peer.close();
    }
  }
  for (const clause of [...KERNEL_CLAUSES, ERRNO_CLAUSE]) cite(clause, EVERY_STEP);
  return new Map([...found].map(([clause, by]) => [clause, [...by].sort()]));
}
