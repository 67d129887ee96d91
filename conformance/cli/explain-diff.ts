/** A rule of diff, with its examples as they stand. */
import { type DiffRule, diffRules } from '../../schemas/index.ts';
import { wrapText } from '../report/wrap.ts';

type Side = DiffRule['breaks']['old'];

function* linesOf({ header, headers = {}, call, netlink, overlay }: Side): Generator<string> {
  const texts = [
    header,
    ...Object.entries(headers).map(([path, text]) => `${path}:\n${text}`),
    call,
    netlink,
    overlay,
  ];
  for (const text of texts) if (text !== undefined) yield* text.trimEnd().split('\n');
}

/** Prints the rule of that id; false when there is none. */
export function explainDiffRule(id: string, width: number, write: (text: string) => void): boolean {
  const rule = diffRules.find(each => each.id === id);
  if (!rule) return false;
  const put = (name: string, text: string) =>
    wrapText(text, width - 12).forEach((part, index) => {
      write(`${(index === 0 ? name : '').padEnd(12)}${part}\n`);
    });
  put('diff rule', `${rule.id} (${rule.severity}, ${rule.category})`);
  put('finds', rule.summary);
  put('because', rule.reason);
  put('source', rule.source);
  for (const [name, pair] of [
    ['breaks', rule.breaks],
    ['holds', rule.holds],
  ] as const) {
    write(`\n${name}\n`);
    const old = [...linesOf(pair.old)];
    const now = [...linesOf(pair.new)];
    // What both have is printed once.
    for (const line of old) write(`  ${now.includes(line) ? ' ' : '-'} ${line}\n`);
    for (const line of now) if (!old.includes(line)) write(`  + ${line}\n`);
    if (old.join() === now.join()) write('    (the same)\n');
    else if (now.every(line => old.includes(line)) && old.every(line => now.includes(line))) {
      write('    then\n');
      for (const line of now) write(`    ${line}\n`);
    }
  }
  write('\n');
  put('try', 'accel-uapi diff OLD NEW');
  return true;
}
