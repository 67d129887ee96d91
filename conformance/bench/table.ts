/** The figures as a table of at most 80 columns. */
import type { Bench, BenchRow, BenchSection } from '../../schemas/index.ts';
import { wrapText } from '../report/wrap.ts';

const WIDTH = 80;
/** Columns of the names; the numbers take the rest. */
const NAMES = 46;

function rate(value: number): string {
  const digits = value < 10 ? 1 : 0;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ',');
}

function ratio(value: number): string {
  return value >= 0.1 ? value.toFixed(2) : value.toFixed(3);
}

function line(name: string, indent: string, value: number, spread: number, rest: string): string[] {
  const names = wrapText(name, NAMES - indent.length - 1).map(text => `${indent}${text}`);
  const numbers = `${rate(value).padStart(10)} ±${String(Math.round(spread * 100)).padStart(3)}%${rest}`;
  return [...names.slice(0, -1), `${names.at(-1)!.padEnd(NAMES)}${numbers}`];
}

function rowLines(row: BenchRow): string[] {
  return [
    ...line(`${row.what} (${row.unit}/s)`, '  ', row.ours, row.spread.ours, ''),
    ...line(`against ${row.against}`, '    ', row.theirs, row.spread.theirs, '').map(text => text.trimEnd()),
    `    ratio ${ratio(row.ratio)}, goal at least ${ratio(row.goal)}: ${row.met ? 'met' : 'NOT MET'} (medians of ${row.repetitions})`,
    ...wrapText(row.why, WIDTH - 6).map(text => `      ${text}`),
  ];
}

export function sectionText(section: BenchSection): string {
  const head = wrapText(`${section.name}: ${section.rests}`, WIDTH);
  const lines =
    section.skipped === undefined
      ? section.rows.flatMap(rowLines)
      : wrapText(`skipped: ${section.skipped}`, WIDTH - 2).map(text => `  ${text}`);
  return `${[...head, ...lines].join('\n')}\n`;
}

export function machineText({ machine, quick }: Pick<Bench, 'machine' | 'quick'>): string {
  const { cpu, cpus, arch, kernel, node, load } = machine;
  const text = `${cpus} x ${cpu} (${arch}), Linux ${kernel}, Node ${node}, load ${load.toFixed(1)}; units per second, ± half of the range${quick ? '; --quick' : ''}`;
  return `${wrapText(text, WIDTH).join('\n')}\n`;
}
