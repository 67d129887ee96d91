/** The checks of a call, for its typed error: their conditions in English, and as code where the argument alone decides. */
import type { Condition, Term } from '../../algebra/environment.ts';
import { printCondition } from '../../algebra/print.ts';
import type { CallDescription } from '../../catalogue/catalogue.ts';
import type { CheckRule, Rule } from '../../catalogue/rules.ts';
import type { FieldLayout } from '../../layout/layout.ts';
import { rolesIn } from './roles.ts';
import { setName } from './sets.ts';
import { quoted } from './text.ts';

/** The argument's struct and its members that are numbers. */
export interface Argument {
  readonly call: CallDescription;
  readonly struct: string;
  readonly numbers: ReadonlyMap<string, FieldLayout>;
}

const WIDTHS = { u32: 32, u64: 64 } as const;

/** A term as a bigint expression; undefined when more than the argument decides. */
function term(of: Term, argument: Argument): string | undefined {
  if (typeof of === 'number' || typeof of === 'string') return `${BigInt(of)}n`;
  if ('const' in of) return `BigInt(${of.const})`;
  if ('field' in of) return argument.numbers.has(of.field) ? `member(${quoted(of.field)})` : undefined;
  if ('signed' in of) {
    const inner = term(of.signed, argument);
    return inner && `BigInt.asIntN(${of.bits ?? 64}, ${inner})`;
  }
  const [operator, terms] =
    'add' in of
      ? ['+', of.add]
      : 'sub' in of
        ? ['-', of.sub]
        : 'mul' in of
          ? ['*', of.mul]
          : 'and' in of
            ? ['&', of.and]
            : 'or' in of
              ? ['|', of.or]
              : [];
  if (operator === undefined || terms === undefined) return undefined;
  const [left, right] = terms.map(each => term(each, argument));
  if (left === undefined || right === undefined) return undefined;
  const text = `(${left} ${operator} ${right})`;
  const width = 'width' in of ? of.width : undefined;
  return width === 'u32' || width === 'u64' ? `BigInt.asUintN(${WIDTHS[width]}, ${text})` : text;
}

const COMPARISONS = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

function condition(when: Condition, argument: Argument): string | undefined {
  for (const [name, operator] of Object.entries(COMPARISONS)) {
    const terms = (when as Record<string, readonly Term[] | undefined>)[name];
    if (!terms) continue;
    const [left, right] = terms.map(each => term(each, argument));
    return left === undefined || right === undefined ? undefined : `${left} ${operator} ${right}`;
  }
  const joined = (parts: readonly Condition[], operator: string) => {
    const texts = parts.map(part => condition(part, argument));
    return texts.includes(undefined) ? undefined : `(${texts.join(` ${operator} `)})`;
  };
  if ('all' in when) return joined(when.all, '&&');
  if ('any' in when) return joined(when.any, '||');
  if ('not' in when) {
    const inner = condition(when.not, argument);
    return inner && `!(${inner})`;
  }
  if ('nonzero' in when) {
    const value = term(when.nonzero, argument);
    return value && `${value} !== 0n`;
  }
  if ('outside' in when) {
    const [value, low, high] = when.outside.map(each => term(each, argument));
    return value && low && high && `(${value} < ${low} || ${value} > ${high})`;
  }
  if ('misaligned' in when) {
    const [value, unit] = when.misaligned.map(each => term(each, argument));
    return value && unit && `${value} % ${unit} !== 0n`;
  }
  if ('unknownBits' in when || 'unmatched' in when) {
    const of = 'unknownBits' in when ? when.unknownBits : when.unmatched;
    if (typeof of !== 'object' || !('field' in of)) return undefined;
    const value = term(of, argument);
    const role = rolesIn(argument.call, argument.struct)?.[of.field];
    // A list that no role has is no set of the module.
    const listed = when.values.constants && !(role && 'values' in role && role.values);
    const set = listed
      ? `{ ${when.values.constants!.join(', ')} }`
      : setName(when.values, argument.call, argument.struct, of.field);
    if (value === undefined) return undefined;
    return 'unknownBits' in when
      ? `(${value} & ~bitsOf(${set})) !== 0n`
      : `!valuesOf(${set}).includes(${value})`;
  }
  return undefined;
}

/** Checks with whether they are reached by every argument: those of an each or of a case depend on more. */
function* reached(body: readonly Rule[], always = true): Generator<[CheckRule, boolean]> {
  for (const rule of body) {
    if ('check' in rule) yield [rule, always];
    else if ('select' in rule) {
      for (const branch of rule.select) yield* reached(branch.do, false);
      if (rule.otherwise) yield* reached(rule.otherwise, false);
    } else if ('each' in rule) yield* reached(rule.do, false);
    else if ('handler' in rule && rule.before) yield* reached(rule.before, always);
  }
}

/** A list of checks, in the order of the body. */
export function checkList({ semantics }: CallDescription, argument: Argument | undefined): string {
  const entries = [...reached(semantics.body)].map(([{ check, errno, when }, always]) => {
    const code = always && argument ? condition(when, argument) : undefined;
    return [
      '  {\n',
      `    check: ${quoted(check)},\n    errno: ${quoted(errno)},\n    when: ${quoted(printCondition(when))},\n`,
      code === undefined ? '' : `    holds: ${code.includes('member(') ? 'member' : '()'} => ${code},\n`,
      '  },\n',
    ].join('');
  });
  return `[\n${entries.join('')}]`;
}
