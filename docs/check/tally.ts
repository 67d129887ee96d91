/** What was checked, and what of it failed. */
let passed = 0;
const failures: string[] = [];

/** @param problem undefined when all is well */
export function check(name: string, problem: string | undefined): void {
  if (problem === undefined) passed += 1;
  else failures.push(`${name}: ${problem}`);
}

/** Prints the failures and the counts; the exit status. */
export function closeTally(): number {
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}
