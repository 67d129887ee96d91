/** C08: what was checked is read again, when somebody may have changed it. */
import type { MutantSource } from './mutant.ts';
import { callsToBreak, workingCalls } from './places.ts';

/** A call whose argument is copied in, or that reads what a pointer of it leads to. */
export const doubleFetch: MutantSource = driver => {
  const working = workingCalls(driver);
  return callsToBreak(driver)
    .filter(call => working.includes(call) && ['write', 'readwrite'].includes(call.request?.direction ?? ''))
    .map(call => ({
      id: `refetch.${call.id}`,
      class: 'C08',
      clauses: ['argument.fetch'],
      driver: driver.name,
      calls: [call.name],
      summary: `${call.name} reads its argument, and what its pointers lead to, again after it has checked them.`,
      faults: { careless: name => name === call.name },
    }));
};
