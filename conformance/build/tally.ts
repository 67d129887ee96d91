/** Counts checks and prints each on a line; the last line is read by whoever runs them. */
let passed = 0;
let failed = 0;

export function check(name: string, good: boolean, detail: string): void {
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}: ${detail}`);
}

/** Prints the counts and sets the exit status; nothing checked is no success. */
export function closeTally(): void {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
