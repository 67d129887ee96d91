/** The kill matrix for people: what survived, what nothing tests, and how much each class and family is worth. */
import type { KillMatrix } from '../../schemas/index.ts';
import type { LineWriter } from './line-writer.ts';
import { wrapText } from './wrap.ts';

type Row = KillMatrix['mutants'][number];

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

export function printKillMatrix(
  out: LineWriter,
  { mutants, classes, families, untested, seed, runs }: KillMatrix,
  { width, partial }: { readonly width: number; readonly partial: boolean },
): void {
  const line = (text = '') => out.write(`${text}\n`);
  const indented = (text: string, indent: number, first = indent) =>
    wrapText(text, width - indent).forEach((part, index) => {
      line(`${' '.repeat(index === 0 ? first : indent)}${part}`);
    });
  const counted = mutants.filter(({ equivalent }) => equivalent === undefined);
  const good = ({ killed, missed }: Row) => killed && missed === undefined;

  line(`the kill matrix, seed ${seed}, ${plural(runs, 'random program')} a mutant`);
  line();
  for (const driver of [...new Set(mutants.map(row => row.driver))]) {
    const own = counted.filter(row => row.driver === driver);
    line(`  ${driver.padEnd(12)} ${own.filter(good).length} of ${plural(own.length, 'mutant')} killed`);
  }
  line();
  for (const { id, sentence, mutants: all, killed, none } of classes) {
    if (partial && all === 0) continue;
    const count = all > 0 ? `${killed} of ${all}` : none === undefined ? 'none here' : 'none';
    indented(`${id}  ${count.padEnd(11)} ${sentence}${all === 0 && none ? ` - ${none}` : ''}`, 19, 2);
  }
  line();
  line('  family     kills  only it');
  for (const { family, kills, only } of families)
    if (kills > 0 || !partial)
      line(`  ${family.padEnd(10)} ${String(kills).padStart(5)} ${String(only).padStart(8)}`);

  const bad = counted.filter(row => !good(row));
  for (const row of bad) {
    line();
    line(`  SURVIVES ${row.id}`);
    indented(reasonOf(row), 4);
  }
  const equivalent = mutants.filter(row => row.equivalent !== undefined);
  if (equivalent.length > 0) {
    line();
    line('  equivalent, not counted');
    for (const row of equivalent) {
      line(`    ${row.id}${row.killed ? ', and yet killed: it is none' : ''}`);
      indented(row.equivalent!, 6);
    }
  }
  if (!partial && untested.length > 0) {
    line();
    line('  untested: no mutant dies by');
    indented(untested.join(', '), 4);
  }
  const times = counted.filter(good).map(({ millis }) => millis);
  const worst = counted.reduce<Row | undefined>(
    (most, row) => (good(row) && row.millis > (most?.millis ?? -1) ? row : most),
    undefined,
  );
  line();
  line(
    `  ${counted.length - bad.length} of ${plural(counted.length, 'mutant')} killed, ${equivalent.length} equivalent`,
  );
  if (worst) indented(`time to kill: median ${median(times)} ms, worst ${worst.millis} ms (${worst.id})`, 2);
}

function reasonOf({ refused, killed, missed = [], by }: Row): string {
  if (refused !== undefined) return `the kit could not start on it: ${refused}`;
  if (!killed) return `every program ended as on the strict reference, also those for ${missed.join(', ')}`;
  return `killed by ${by.join(', ')}, but not by ${missed.join(', ')}`;
}
