/** Sums, products and rounded sizes: members at which they leave 32 or 64 bits are refused, never wrapped. */
import { type CallDescription, type CheckRule, checks, type Term, walk } from '../../schemas/index.ts';
import { spotOf } from '../plan/arguments.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { fieldsIn, type Member, memberOf, numberOf, termsIn } from './formula.ts';
import type { Change } from './search.ts';
import { told, triedCase } from './tried.ts';

const KINDS = ['add', 'mul', 'sub', 'roundUp'] as const;
/** The widths that a kernel computes sizes in, signed and unsigned. */
const WIDTHS = [31n, 32n, 63n, 64n];
/** A small number that is no multiple of anything: what is left of a wrapped one looks like it. */
const REST = 1n;

export function arithmeticFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    [...computed(call)].map(([name, formulas]) =>
      triedCase(
        context,
        call,
        {
          clause: 'argument.arithmetic',
          instance: `${call.name}.${name}`,
          case: `${call.semantics.key}.${name}.wraps`,
          family: 'arithmetic',
        },
        {
          changes: () => formulas.flatMap(formula => overflows(context, call, name, formula)),
          // What fits and succeeds may take the machine's memory, unless the call makes nothing.
          keep: outcome => (outcome.errno !== undefined || makesNothing(call)) && told(outcome),
          // Another check may refuse the same number before, of other kinds of calls.
          enough: outcomes =>
            outcomes.some(({ rule }) => rule && formulas.some(formula => computes(rule, formula))),
          checks: checks(call.semantics.body).filter(rule =>
            formulas.some(formula => computes(rule, formula)),
          ),
          nothing: 'no value of this member leaves the width of its sums and products',
        },
      ),
    ),
  );
}

/** Whether the check is about what is computed. */
const computes = (check: CheckRule, { kind, terms }: Formula): boolean =>
  termsIn(check.when, [kind]).some(each => JSON.stringify(each.terms) === JSON.stringify(terms));

/** A call that looks at its arguments and an object, and leaves all as it was. */
const makesNothing = ({ semantics: { body } }: CallDescription) =>
  [...walk(body)].every(rule => 'check' in rule || 'find' in rule || 'select' in rule);

interface Formula {
  readonly kind: string;
  readonly terms: readonly Term[];
}

/** The members that a call computes with, under their flat names, and what it computes. */
export function computed(call: CallDescription): Map<string, Formula[]> {
  const found = new Map<string, Formula[]>();
  for (const rule of walk(call.semantics.body)) {
    if ('select' in rule || 'each' in rule) continue;
    for (const formula of termsIn(rule, KINDS)) {
      for (const field of fieldsIn(formula.terms)) {
        const name = memberOf(call, field)?.name;
        if (name === undefined) continue;
        const known = found.get(name) ?? [];
        if (known.some(other => JSON.stringify(other) === JSON.stringify(formula))) continue;
        found.set(name, [...known, formula]);
      }
    }
  }
  return found;
}

function overflows(context: PlanContext, call: CallDescription, name: string, formula: Formula): Change[] {
  const bits = (member: string) =>
    BigInt(8 * spotOf(context.driver, context.hello, call, member)!.field.size);
  const others = fieldsIn(formula.terms)
    .map(field => memberOf(call, field))
    .filter((member): member is Member => member !== undefined && member.name !== name);
  const numbers = formula.terms.flatMap(term => numberOf(context, term) ?? []);
  const beside = Object.assign({}, ...fieldsIn(formula.terms).map(field => memberOf(call, field)?.beside));
  const page = BigInt(context.hello.pageSize);
  const alone = wraps(formula.kind, numbers[0], bits(name)).map(value => ({ [name]: value }));
  // Two members that only together do not fit.
  const together = others.flatMap(other =>
    [1n, page, 2n * page].flatMap(part =>
      wraps(formula.kind, part, bits(name)).map(value => ({ [other.name]: part, [name]: value })),
    ),
  );
  return [...alone, ...together].map(values => ({
    title: Object.entries(values)
      .map(([member, value]) => `${member} = 0x${value.toString(16)}`)
      .join(', '),
    values: () => ({ ...beside, ...values }),
  }));
}

/** Values of so many bits with which the result of the operation leaves a width, by a little and by as much as can be. */
export function wraps(kind: string, operand: bigint | undefined, bits: bigint): bigint[] {
  const other = operand ?? REST;
  const values = WIDTHS.filter(width => width <= bits || kind === 'mul').flatMap(width => {
    const end = 1n << width;
    if (kind === 'mul' && other > 1n) return [end / other, end / other + 1n, (end - 1n) / other];
    if (kind === 'sub') return [other - 1n, 0n];
    // The sum is 0, a little more, and far more; a number cut to the width below is small.
    return [end - other, end - other + 1n, end - 1n, end, end + REST, end + other];
  });
  // Numbers beyond every bound whose low half is a good size.
  const cut = [40n, 48n, 62n].flatMap(bit => [(1n << bit) + REST, (1n << bit) + other]);
  const all = kind === 'sub' ? values : [...values, ...cut];
  return [...new Set(all)].filter(value => value >= 0n && value >> bits === 0n);
}
