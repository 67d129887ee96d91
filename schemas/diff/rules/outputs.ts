/** Rules about what a call writes, and what else it does. */
import { printOutput, printTerm } from '../../algebra/print.ts';
import type { SetRule, WriteRule } from '../../catalogue/rules.ts';
import type { Remark } from '../../rulebook/rule.ts';
import { type Item, itemsOf } from '../calls/items.ts';
import type { CallPair } from '../calls/pair.ts';
import { body, calls, type DiffRule, remark } from '../rule.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const FIELDS = 'fields: { size: { direction: inout, role: bytes }, more: { direction: out, role: value } }\n';
const out = (...rules: string[]) => `${FIELDS}${body(...rules)}`;
const SIZE = '{ set: size, to: { equals: { sizeof: x_args } } }';
const MORE = '{ set: more, to: { equals: 7 } }';
const WRITE = '{ write: { number: 1, width: 8 }, at: { field: size }, length: 8 }';

export const outputRules = {
  sizeOut: {
    id: 'wire.size-out-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A length or count that a call gives back means something else.',
    reason: 'Old programs make or read buffers by it.',
    source: NO_REGRESSIONS,
    breaks: calls(out(SIZE, MORE), out(SIZE.replace('{ sizeof: x_args }', '{ field: size }'), MORE)),
    holds: calls(out(SIZE, MORE), out(MORE, SIZE)),
  },
  changed: {
    id: 'behaviour.output-changed',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A member that a call writes holds something else.',
    reason: 'Programs read it.',
    source: NO_REGRESSIONS,
    breaks: calls(out(SIZE, MORE), out(SIZE, MORE.replace('7', '8'))),
    holds: calls(out(SIZE, MORE.replace('{ equals: 7 }', '{ opaque: true }')), out(SIZE, MORE)),
  },
  dropped: {
    id: 'behaviour.output-dropped',
    severity: 'error',
    category: 'BEHAVIOUR',
    summary: 'A call no longer writes a member or memory.',
    reason: 'An old program reads what it left there itself.',
    source: NO_REGRESSIONS,
    breaks: calls(out(SIZE, MORE), out(SIZE)),
    holds: calls(out(SIZE, MORE), out(SIZE, MORE)),
  },
  short: {
    id: 'wire.short-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'How much a call writes into a buffer, or what becomes of the rest of it, has changed.',
    reason: 'A buffer that was long enough is overrun, or holds less than it did.',
    source: NO_REGRESSIONS,
    breaks: calls(out(SIZE, MORE, WRITE), out(SIZE, MORE, WRITE.replace('length: 8', 'length: 16'))),
    holds: calls(out(SIZE, MORE, WRITE), out(SIZE, WRITE, MORE)),
  },
  effect: {
    id: 'behaviour.effect-changed',
    severity: 'warning',
    category: 'BEHAVIOUR',
    summary: 'What a call makes, releases or does has changed.',
    reason: 'What follows for a program no rule can tell: look at it.',
    source: NO_REGRESSIONS,
    breaks: calls(
      body('{ create: gem_object, object: bo, properties: { size: { field: size } } }'),
      body('{ create: gem_object, object: bo, properties: { size: 4096 } }'),
    ),
    holds: calls(
      body('{ create: gem_object, object: bo, properties: {} }'),
      body('{ create: gem_object, object: bo, properties: {} }'),
    ),
  },
  added: {
    id: 'added.output',
    severity: 'info',
    category: 'BEHAVIOUR',
    summary: 'A call promises more about what it writes.',
    reason: 'Nobody could rest on it before.',
    source: NO_REGRESSIONS,
    breaks: calls(out(SIZE, MORE.replace('{ equals: 7 }', '{ opaque: true }')), out(SIZE, MORE)),
    holds: calls(out(SIZE, MORE), out(SIZE, MORE)),
  },
} satisfies Record<string, DiffRule>;

type Named<T> = Item & { readonly rule: T };
const isSet = (item: Item): item is Named<SetRule> => 'set' in item.rule;
const isWrite = (item: Item): item is Named<WriteRule> => 'write' in item.rule;

const guarded = ({ guards, loops }: Item) => JSON.stringify([guards, loops]);

/** What a rule does, without what only documents it. */
function deed(item: Item): string {
  const { clause, basis, source, evidence, note, binding, id, ...rest } = item.rule as unknown as Record<
    string,
    unknown
  >;
  return JSON.stringify({ ...rest, do: undefined, before: undefined });
}

function outputText({ rule }: Named<SetRule>): string {
  return printOutput(rule.to);
}

function lengthText({ rule }: Named<WriteRule>): string {
  const rest = rule.rest ? `, up to ${printTerm(rule.rest.length)} ${rule.rest.becomes}` : '';
  return `${printTerm(rule.length)} bytes${rest}`;
}

export function outputRemarks(pair: CallPair): Remark[] {
  const [old, now] = [itemsOf(pair.old.semantics.body), itemsOf(pair.new.semantics.body)];
  const remarks: Remark[] = [];
  const say = (rule: DiffRule, name: string, message: string, before?: string, after?: string) =>
    remarks.push(
      remark(rule, `${pair.id}.${name}`, `${pair.id}.${name} ${message}`, { old: before, new: after }),
    );
  const roles = pair.new.semantics.fields;
  const same = (a: Item, b: Item) => a.name === b.name;
  for (const a of old.filter(isSet)) {
    const b = now.filter(isSet).find(each => same(a, each));
    if (!b) {
      // Written by a rule of another name now, or in other cases: its effect is the same.
      if (now.filter(isSet).some(each => each.rule.set === a.rule.set)) continue;
      // A member that is no output any more has a rule of its own.
      if (!['out', 'inout'].includes(roles[a.rule.set]?.direction ?? 'out')) continue;
      say(outputRules.dropped, a.name, `is gone: ${a.rule.set} was ${outputText(a)}`, outputText(a));
      continue;
    }
    if (deed(a) === deed(b) && guarded(a) === guarded(b)) continue;
    const role = roles[b.rule.set]?.role;
    const rule =
      'opaque' in a.rule.to
        ? outputRules.added
        : role === 'bytes' || role === 'count'
          ? outputRules.sizeOut
          : outputRules.changed;
    const cases = guarded(a) === guarded(b) ? '' : ' in other cases';
    const message = `sets ${b.rule.set} to ${outputText(b)}${cases}; it was ${outputText(a)}`;
    say(rule, b.name, message, outputText(a), `${outputText(b)}${cases}`);
  }
  for (const a of old.filter(isWrite)) {
    const b = now.filter(isWrite).find(each => same(a, each));
    if (!b) say(outputRules.dropped, a.name, `is gone: it wrote ${lengthText(a)}`, lengthText(a));
    else if (lengthText(a) !== lengthText(b))
      say(
        outputRules.short,
        b.name,
        `writes ${lengthText(b)}; it wrote ${lengthText(a)}`,
        lengthText(a),
        lengthText(b),
      );
    else if (deed(a) !== deed(b) || guarded(a) !== guarded(b))
      say(outputRules.changed, b.name, 'writes something else, or in other cases', deed(a), deed(b));
  }
  const isOther = (item: Item) => !isSet(item) && !isWrite(item) && !('check' in item.rule);
  for (const a of old.filter(isOther)) {
    const b = now.filter(isOther).find(each => same(a, each));
    if (!b) say(outputRules.effect, a.name, 'is gone', deed(a));
    else if (deed(a) !== deed(b) || guarded(a) !== guarded(b))
      say(outputRules.effect, b.name, 'is another one, or in other cases', deed(a), deed(b));
  }
  for (const b of now.filter(isOther))
    if (!old.filter(isOther).some(each => same(each, b)))
      say(outputRules.effect, b.name, 'is new', undefined, deed(b));
  return remarks;
}
