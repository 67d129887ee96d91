/**
 * The stream as KTAP (Documentation/dev-tools/ktap.rst), for what already reads the kernel's own tests: one subtest a
 * family, one leaf a clause instance. A recorded deviation is no failure; what was not tried is skipped.
 */
import { clauseFiles } from '../../spec/index.ts';
import type { EndEvent, RunEvent, StreamEvent, VerdictEvent } from '../run/events.ts';
import type { VerdictName } from '../run/verdict.ts';
import type { LineWriter } from './line-writer.ts';
import { printable } from './printable.ts';

const PASSED: readonly VerdictName[] = ['conforms', 'violates (known)', 'drift', 'silent'];
const SKIPPED: readonly VerdictName[] = ['not claimed', 'not reached'];
const INDENT = '    ';

/** A number sign begins a directive, so names and reasons have none. */
const plain = (text: string) => printable(text).replaceAll('#', 'no.').replace(/\s+/g, ' ').trim();

function leaf(verdict: VerdictEvent, number: number): string[] {
  const name = plain(`${verdict.clause} @ ${verdict.instance}`);
  if (SKIPPED.includes(verdict.verdict)) return [`ok ${number} ${name} # SKIP ${plain(verdict.reason)}`];
  const diagnostics: string[] = [];
  if (verdict.verdict !== 'conforms')
    diagnostics.push(`# ${verdict.verdict} (${verdict.level}): ${plain(verdict.reason)}`);
  for (const id of verdict.deviations) diagnostics.push(`# known deviation ${id}`);
  const result = PASSED.includes(verdict.verdict) ? 'ok' : 'not ok';
  return [...diagnostics, `${result} ${number} ${name}`];
}

export function ktapReport(out: LineWriter): (event: StreamEvent) => void {
  const verdicts: VerdictEvent[] = [];
  let run: RunEvent | undefined;
  const line = (text: string) => out.write(`${text}\n`);

  const print = (end: EndEvent) => {
    const groups = clauseFiles
      .map(({ family }) => ({
        family,
        own: verdicts.filter(({ clause }) => clause.startsWith(`${family}.`)),
      }))
      .filter(({ own }) => own.length > 0);
    line('KTAP version 1');
    if (run)
      line(
        `# ${plain(`${run.target.name}: driver ${run.target.driver || 'unknown'}, ${run.target.met} ${run.target.release}, seed ${run.seed}`)}`,
      );
    // A run that was cut is a failure of its own: nothing that is missing may look as if it had passed.
    line(`1..${groups.length + (end.complete ? 0 : 1)}`);
    groups.forEach(({ family, own }, index) => {
      line(`${INDENT}KTAP version 1`);
      line(`${INDENT}# Subtest: ${family}`);
      line(`${INDENT}1..${own.length}`);
      own.forEach((verdict, at) => {
        for (const text of leaf(verdict, at + 1)) line(INDENT + text);
      });
      const good = own.every(({ verdict }) => PASSED.includes(verdict) || SKIPPED.includes(verdict));
      line(`${good ? 'ok' : 'not ok'} ${index + 1} ${family}`);
    });
    if (!end.complete) line(`not ok ${groups.length + 1} the run is incomplete - ${plain(end.reason)}`);
  };

  return event => {
    if (event.event === 'run') run = event;
    else if (event.event === 'verdict') verdicts.push(event);
    else if (event.event === 'end') print(event);
  };
}
