/** What the gate says. */
import { ASKS, type Finding } from './finding.ts';

const MARK: Readonly<Record<Finding['outcome'], string>> = {
  passed: 'ok',
  refused: 'REFUSED',
  'not looked at': '-',
  absent: '-',
};
/** Problems of one check that are shown; the rest is counted. */
const SHOWN = 12;

export function gatePretty(findings: readonly Finding[], write: (text: string) => void): void {
  for (const { check, outcome, problems, note } of findings) {
    const said = outcome === 'refused' ? ASKS[check] : outcome === 'passed' ? note : `not looked at: ${note}`;
    write(`  ${MARK[outcome].padEnd(7)}  ${check.padEnd(13)}  ${said}\n`);
    for (const problem of problems.slice(0, SHOWN)) write(`             ${problem}\n`);
    if (problems.length > SHOWN) write(`             and ${problems.length - SHOWN} more\n`);
  }
}
