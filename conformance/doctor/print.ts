/** The doctor's findings for people: one line each, and what would bring in what is not there below it. */
import pico from 'picocolors';
import type { Doctor } from '../../schemas/index.ts';
import { printable } from '../report/printable.ts';
import { wrapText } from '../report/wrap.ts';
import type { Check } from './check.ts';

export interface PrintOptions {
  readonly color: boolean;
  readonly width: number;
}

const WORDS = { ok: 'ok', missing: 'missing', note: 'note' } as const;
/** Columns of the words, and of the subjects after them. */
const STATE = 9;
const SUBJECT = 23;

export function printDoctor(found: Doctor, { color, width }: PrintOptions): string {
  const colors = pico.createColors(color);
  const paint = { ok: colors.green, missing: colors.red, note: colors.dim };
  const lines: string[] = [];
  /** Text that begins in a column, after what stands before it in the first line. */
  const block = (before: string, column: number, text: string) => {
    const [first = '', ...rest] = wrapText(printable(text), width - column);
    lines.push(`${before}${first}`.trimEnd(), ...rest.map(line => ' '.repeat(column) + line));
  };
  const check = ({ what, state, found: seen, advice }: Check) => {
    const column = 2 + STATE + SUBJECT;
    const subject = printable(what).padEnd(SUBJECT - 1);
    block(
      `  ${paint[state](WORDS[state])}${' '.repeat(STATE - WORDS[state].length)}${subject} `,
      column,
      seen,
    );
    if (advice !== undefined) block(`${' '.repeat(column)}-> `, column + 3, advice);
  };

  const { machine, checks, target } = found;
  lines.push(`this machine: Linux ${machine.release}, ${machine.architecture}, user ${machine.uid}`);
  checks.forEach(check);
  if (target) {
    const { name, driver, opens, tier, instances, unreached } = target;
    lines.push('');
    block('', 0, `${name}${driver ? ` (driver ${driver})` : ''} ${opens ? 'can' : 'cannot'} be opened here`);
    target.checks.forEach(check);
    const sum = unreached.reduce((all, each) => all + each.instances, 0);
    if (instances > 0) {
      lines.push('');
      block('', 0, `of ${instances} clause instances ${sum} are out of reach with --tier ${tier}`);
    }
    for (const { families, instances: count, why, advice } of unreached) {
      block(`  ${String(count).padStart(5)}  `, 9, `${families.join(', ')}: ${why}`);
      if (advice !== undefined) block(`${' '.repeat(9)}-> `, 12, advice);
    }
  }
  return `${lines.join('\n')}\n`;
}
