/** The stream for people: one screen when all is well, every violation in full. */
import { createColors } from 'picocolors';
import { clauseFiles } from '../../spec/index.ts';
import type { EndEvent, FindingEvent, RunEvent, StreamEvent, VerdictEvent } from '../run/events.ts';
import type { VerdictName } from '../run/verdict.ts';
import type { LineWriter } from './line-writer.ts';
import { printableValue } from './printable.ts';
import { wrapText } from './wrap.ts';

export interface PrettyOptions {
  readonly color: boolean;
  readonly width: number;
}

const MARKS: Readonly<Record<VerdictName, string>> = {
  conforms: 'ok',
  violates: 'VIOLATES',
  'violates (known)': 'known',
  drift: 'drift',
  'not claimed': 'not claimed',
  'not reached': 'not reached',
  silent: 'silent',
  unknown: 'unknown',
  'kit error': 'KIT ERROR',
};
/** In the headline every run shows these, the others when there are any. */
const ALWAYS: readonly VerdictName[] = ['conforms', 'violates', 'unknown'];

const FAMILY_WIDTH = Math.max(...clauseFiles.map(({ family }) => family.length));

export function prettyReport(out: LineWriter, options: PrettyOptions): (event: StreamEvent) => void {
  const colors = createColors(options.color);
  const verdicts: VerdictEvent[] = [];
  const findings: FindingEvent[] = [];
  let run: RunEvent | undefined;
  const line = (text = '') => out.write(`${text}\n`);
  const paint = (verdict: VerdictName, text: string) => {
    if (verdict === 'conforms') return colors.green(text);
    if (verdict === 'violates' || verdict === 'kit error') return colors.red(text);
    return verdict === 'not claimed' || verdict === 'not reached' ? colors.dim(text) : colors.yellow(text);
  };
  const indented = (text: string, indent: number) => {
    for (const part of wrapText(text, options.width - indent)) line(`${' '.repeat(indent)}${part}`);
  };

  const families = () => {
    for (const file of clauseFiles) {
      const own = verdicts.filter(verdict => verdict.clause.startsWith(`${file.family}.`));
      if (own.length === 0) continue;
      const count = (name: VerdictName) => own.filter(verdict => verdict.verdict === name).length;
      const parts = (Object.keys(MARKS) as VerdictName[])
        .filter(name => count(name) > 0)
        .map(name => paint(name, `${count(name)} ${name === 'conforms' ? 'ok' : MARKS[name]}`));
      line(`  ${file.family.padEnd(FAMILY_WIDTH)} ${file.title.padEnd(34)} ${parts.join(', ')}`);
    }
  };

  /** What a look finds is about the whole program. */
  const place = ({ kind, label, sent, step, case: name }: FindingEvent): string => {
    if (kind === 'look') return `all of ${name}`;
    return `${label || sent.op}${sent.request ? `, request ${sent.request}` : ''} (step ${step} of ${name})`;
  };

  const finding = (event: FindingEvent) => {
    line(`    ${place(event)}`);
    if (event.sent.argument) indented(`sent     ${event.sent.argument.replace(/(.{8})(?=.)/g, '$1 ')}`, 6);
    indented(`allowed  ${event.expected}`, 6);
    indented(`seen     ${event.observed}`, 6);
    if (event.rule) indented(`because  ${event.rule.says} [${event.rule.basis}: ${event.rule.source}]`, 6);
    if (event.deviations.length > 0) indented(`known as ${event.deviations.join(', ')}`, 6);
    for (const text of event.log) indented(`kernel   ${text}`, 6);
  };

  const known = () => {
    for (const { id, does, source } of run?.deviations ?? []) {
      const own = verdicts.filter(
        verdict => verdict.verdict === 'violates (known)' && verdict.deviations.includes(id),
      );
      if (own.length === 0) continue;
      line();
      line(`  ${paint('violates (known)', 'known')} ${colors.bold(id)}`);
      indented(`${does} [${source}]`, 4);
      for (const verdict of own) indented(`${verdict.clause} @ ${verdict.instance} (${verdict.level})`, 6);
    }
  };

  const details = () => {
    const shown = verdicts.filter(verdict =>
      ['violates', 'drift', 'silent', 'unknown', 'kit error'].includes(verdict.verdict),
    );
    for (const verdict of shown) {
      line();
      line(
        `  ${paint(verdict.verdict, MARKS[verdict.verdict])} ${colors.bold(verdict.clause)} @ ${verdict.instance} (${verdict.level})`,
      );
      const own = findings.filter(
        each => each.clause === verdict.clause && each.instance === verdict.instance,
      );
      if (own.length === 0) indented(verdict.reason, 4);
      for (const each of own.slice(0, 1)) finding(each);
      const more = /\(and \d+ more\)/.exec(verdict.reason);
      if (more) line(`    ${colors.dim(more[0])}`);
      if (own[0]) line(`    ${colors.dim(own[0].replay)}`);
    }
    known();
    const missed = verdicts.filter(verdict => verdict.verdict === 'not reached');
    if (missed.length > 0) {
      line();
      line(`  ${colors.dim('not reached')}`);
      for (const verdict of missed) indented(`${verdict.clause} @ ${verdict.instance}: ${verdict.reason}`, 4);
    }
  };

  /** The counts on as few lines as the width allows; colours have no width. */
  const headlineOf = (parts: readonly { plain: string; shown: string }[]) => {
    let shown = '';
    let length = 2;
    for (const part of parts) {
      if (shown !== '' && length + 3 + part.plain.length > options.width) {
        line(`  ${shown}`);
        shown = '';
        length = 2;
      }
      shown = shown === '' ? part.shown : `${shown} / ${part.shown}`;
      length += part.plain.length + 3;
    }
    line(`  ${shown}`);
  };

  const coverage = ({ coverage: seen }: EndEvent) => {
    if (!seen) return;
    const { clauses, cells, fields, resources } = seen;
    const of = (share: { seen: number; of: number }) => `${share.seen} of ${share.of}`;
    for (const { call, notReached } of seen.refused)
      indented(
        colors.yellow(
          `every ${call} was refused: ${notReached} clause${notReached === 1 ? '' : 's'} not reached`,
        ),
        2,
      );
    indented(
      `reached ${of(clauses)} clauses; errno cells seen: required ${of(cells.required)}, allowed ${of(cells.allowed)}, forbidden ${cells.forbidden.seen.length} of ${cells.forbidden.of}; ${cells.unreachable} unreachable`,
      2,
    );
    indented(
      `inputs not 0: ${of(fields)}; makers of handles ${of(resources.creators)}, users ${of(resources.users)}, closers ${of(resources.destroyers)}`,
      2,
    );
  };

  const headline = (end: EndEvent) => {
    const names = (Object.keys(MARKS) as VerdictName[]).filter(
      name => ALWAYS.includes(name) || end.counts[name] > 0,
    );
    line();
    if (!end.complete) indented(colors.red(`INCOMPLETE: ${end.reason}`), 2);
    headlineOf(
      names.map(name => {
        const plain = `${name} ${end.counts[name]}`;
        return { plain, shown: end.counts[name] > 0 ? paint(name, plain) : plain };
      }),
    );
    const environmental = Object.entries(end.environmental).map(([name, count]) => `${count} x ${name}`);
    if (environmental.length > 0) indented(`${environmental.join(', ')} were the machine's and allowed`, 2);
    coverage(end);
    if (run)
      line(
        `  ${end.steps} steps met ${run.target.met === 'kernel' ? `the kernel ${run.target.release}` : 'a model only, no kernel'}`,
      );
    line();
  };

  return seen => {
    // Of a step people see what it came to.
    if (seen.event === 'step') return;
    const event = printableValue(seen);
    if (event.event === 'run') {
      run = event;
      const { target } = event;
      line(
        `${colors.bold(target.name)}: ${target.driver || 'an unknown driver'}, ${target.met} ${target.release}, ${target.abi}, ${target.node}`,
      );
      const about =
        target.description === 'core'
          ? 'no description of this driver: the core only'
          : `description ${target.description}`;
      line(
        `  ${about} (${target.level}, Linux ${event.spec.kernel}), seed ${event.seed}, tier ${event.tier}${target.taint ? `, taint before ${target.taint}` : ''}`,
      );
      if (target.newer)
        indented(
          colors.yellow(
            'the target is newer than the description: clauses on undefined bits, values and numbers end unknown',
          ),
          2,
        );
      for (const [name, why] of Object.entries(target.missing))
        indented(colors.yellow(`device parameter ${name} is not known: ${why}`), 2);
      line();
    } else if (event.event === 'verdict') verdicts.push(event);
    else if (event.event === 'finding') findings.push(event);
    else if (event.event === 'end') {
      families();
      details();
      headline(event);
    }
  };
}
