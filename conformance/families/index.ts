/** All families, in the order in which they run. */
import type { DriverDescription } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import { contextKey, type PlanContext } from '../plan/context.ts';
import { argumentFamily } from './argument.ts';
import { arithmeticFamily } from './arithmetic.ts';
import { balanceFamily } from './balance.ts';
import { controlFamily } from './control.ts';
import { countFamily } from './count.ts';
import { deadlineFamily } from './deadline.ts';
import { dispatchFamily } from './dispatch.ts';
import { eventFamily } from './events.ts';
import { fdinfoFamily } from './fdinfo.ts';
import { fdinfoNameFamily } from './fdinfo-name.ts';
import { fileFamily } from './file.ts';
import { filesFamily } from './files.ts';
import { firmwareFamily } from './firmware.ts';
import { handleFamily } from './handle.ts';
import { headerFamily } from './header.ts';
import { healthFamily } from './health.ts';

import { interruptedFamily } from './interrupted.ts';
import { isolationFamily } from './isolation.ts';
import { jobFamily } from './job.ts';
import { listFamily } from './list.ts';
import { mappingFamily } from './mapping.ts';
import { negotiationFamily } from './negotiation.ts';
import { nodeFamily } from './node.ts';
import { outputFamily } from './output.ts';
import { outputOnlyFamily } from './output-only.ts';
import { ownedFamily } from './owned.ts';
import { privilegeFamily } from './privilege.ts';
import { raceFamily } from './race.ts';
import { rangeFamily } from './range.ts';
import { reservedFamily } from './reserved.ts';
import { timeoutFamily } from './timeout.ts';
import { unchangedFamily } from './unchanged.ts';
import { unplugFamily } from './unplug.ts';
import { usageFamily } from './usage.ts';

export const families: readonly ((context: PlanContext) => Case[])[] = [
  nodeFamily,
  dispatchFamily,
  headerFamily,
  privilegeFamily,
  reservedFamily,
  handleFamily,
  outputFamily,
  outputOnlyFamily,
  argumentFamily,
  rangeFamily,
  countFamily,
  arithmeticFamily,
  timeoutFamily,
  deadlineFamily,
  negotiationFamily,
  unchangedFamily,
  balanceFamily,
  mappingFamily,
  fileFamily,
  ownedFamily,
  filesFamily,
  eventFamily,
  usageFamily,
  fdinfoFamily,
  fdinfoNameFamily,
  jobFamily,
  listFamily,
  raceFamily,
  interruptedFamily,
  isolationFamily,
  controlFamily,
  firmwareFamily,
  healthFamily,
  unplugFamily,
];

/** Whole plans by driver and device: runs that differ in what answers only, such as those of mutants, share them. */
const plans = new WeakMap<DriverDescription, Map<string, readonly Case[]>>();

/** The cases of every family, without the random ones. With `context.wanted` there may be more than what is wanted. */
export function planCases(context: PlanContext): readonly Case[] {
  const { driver } = context;
  let known = plans.get(driver);
  if (!known) {
    known = new Map();
    plans.set(driver, known);
  }
  const key = contextKey(context);
  const whole = known.get(key);
  if (whole) return whole;
  const cases = families.flatMap(family => family(context));
  if (!context.wanted) known.set(key, cases);
  return cases;
}

export { Draw } from './draw.ts';
export { randomCase } from './model.ts';
