/** Changes for people: what hurts by who is hurt, what was added in counts with names. */
import pico from 'picocolors';
import { CATEGORIES, type Category, type Remark, type Waived } from '../../schemas/index.ts';
import { printable } from '../report/printable.ts';
import { wrapText } from '../report/wrap.ts';

export interface PrintOptions {
  readonly color: boolean;
  readonly width: number;
  /** Only what hurts. */
  readonly breaking: boolean;
}

const HURT: Record<Category, string> = {
  WIRE: 'old programs on the new kernel',
  SOURCE: 'programs that are compiled again',
  BEHAVIOUR: 'programs that rest on errnos, order or outputs',
  DOC: 'readers',
};

const isAddition = ({ rule }: Remark) => rule.id.startsWith('added.');

export function count(remarks: readonly Remark[], severity: Remark['rule']['severity']): number {
  return remarks.filter(({ rule }) => rule.severity === severity).length;
}

export function printDiff(
  sides: { readonly old: string; readonly new: string },
  { remarks, waived, unused }: Waived,
  { color, width, breaking }: PrintOptions,
): string {
  const colors = pico.createColors(color);
  const paint = { error: colors.red, warning: colors.yellow, info: colors.dim };
  const lines: string[] = [];
  const block = (before: string, column: number, text: string) => {
    const [first = '', ...rest] = wrapText(printable(text), width - column);
    lines.push(`${before}${first}`.trimEnd(), ...rest.map(line => ' '.repeat(column) + line));
  };
  block('', 0, `${sides.old} -> ${sides.new}`);
  const shown = remarks.filter(
    remark => !isAddition(remark) && (!breaking || remark.rule.severity === 'error'),
  );
  for (const category of CATEGORIES) {
    const own = shown.filter(({ rule }) => rule.category === category);
    if (own.length === 0) continue;
    lines.push('', `${colors.bold(category)}  ${HURT[category]}`);
    for (const { rule, message, at } of own) {
      const head = `  ${paint[rule.severity](rule.severity)}${' '.repeat(9 - rule.severity.length)}`;
      block(head, 11, message);
      block(' '.repeat(11), 11, colors.dim(`${rule.id}${at === undefined ? '' : `  ${at}`}`));
    }
  }
  const added = breaking ? [] : remarks.filter(isAddition);
  if (added.length > 0) lines.push('', colors.bold('added'));
  for (const id of [...new Set(added.map(({ rule }) => rule.id))].sort()) {
    const names = added.filter(({ rule }) => rule.id === id).map(({ subject }) => subject);
    block(`  ${String(names.length).padStart(5)}  `, 9, `${id.slice('added.'.length)}: ${names.join(', ')}`);
  }
  for (const { rule, subject, change } of unused) {
    lines.push('');
    const what = `${rule} ${subject}${change === undefined ? '' : `: ${change}`}`;
    block(`  ${colors.red('unused')}   `, 11, `no change needs the waiver of ${what}; delete it`);
  }
  lines.push('');
  const counts = (['error', 'warning', 'info'] as const).map(
    severity => `${count(remarks, severity)} ${severity}${severity === 'info' ? '' : 's'}`,
  );
  block('', 0, `${counts.join(' / ')}${waived.length > 0 ? ` / ${waived.length} waived` : ''}`);
  return `${lines.join('\n')}\n`;
}
