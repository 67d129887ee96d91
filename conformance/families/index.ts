/** All families, in the order in which they run. */
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { argumentFamily } from './argument.ts';
import { arithmeticFamily } from './arithmetic.ts';
import { balanceFamily } from './balance.ts';
import { countFamily } from './count.ts';
import { dispatchFamily } from './dispatch.ts';
import { eventFamily } from './events.ts';
import { fileFamily } from './file.ts';
import { filesFamily } from './files.ts';
import { handleFamily } from './handle.ts';
import { jobFamily } from './job.ts';
import { mappingFamily } from './mapping.ts';
import { negotiationFamily } from './negotiation.ts';
import { nodeFamily } from './node.ts';
import { outputFamily } from './output.ts';
import { rangeFamily } from './range.ts';
import { reservedFamily } from './reserved.ts';
import { timeoutFamily } from './timeout.ts';
import { unchangedFamily } from './unchanged.ts';
import { usageFamily } from './usage.ts';

/** The cases of every family, without the random ones. */
export function planCases(context: PlanContext): Case[] {
  return [
    nodeFamily,
    dispatchFamily,
    reservedFamily,
    handleFamily,
    outputFamily,
    argumentFamily,
    rangeFamily,
    countFamily,
    arithmeticFamily,
    timeoutFamily,
    negotiationFamily,
    unchangedFamily,
    balanceFamily,
    mappingFamily,
    fileFamily,
    filesFamily,
    eventFamily,
    usageFamily,
    jobFamily,
  ].flatMap(family => family(context));
}

export { randomCase } from './model.ts';
