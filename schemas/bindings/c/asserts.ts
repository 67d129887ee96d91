/** Static assertions: every size, offset, alignment, constant and request number, on each ABI that is described. */
import { type Layout, layoutOf } from '../../layout/layout.ts';
import type { TypeTable } from '../../layout/type-table.ts';
import { type CompositeFact, type ConstantFact, type Facts, factToBigint } from '../../layout/types.ts';
import type { AbiName } from '../../program/program.ts';
import { perAbi } from './abi-tests.ts';
import { cNumber, isCppWord, requestAssert } from './types.ts';

/** An element of an array is nothing for offsetof in ISO C, and a C++ word has two names. */
const askable = (path: string) => !path.includes('[') && !isCppWord(path);

function layoutAsserts({ name, kind }: CompositeFact, layout: Layout): string {
  const type = `${kind} ${name}`;
  const fields = layout.fields.filter(({ path }) => path !== '' && askable(path));
  return [
    `ACCEL_UAPI_ASSERT(sizeof(${type}) == ${layout.size}, "size of ${type}");\n`,
    ...fields.map(
      ({ path, offset }) =>
        `ACCEL_UAPI_ASSERT(offsetof(${type}, ${path}) == ${offset}, "offset of ${name}.${path}");\n`,
    ),
  ].join('');
}

/** What rests on a macro that the kernel's header does not bring along is asked only where that is there. */
function constantAssert({ name, value, abi, externals = [] }: ConstantFact, own: AbiName): string {
  const number = cNumber(factToBigint(abi?.[own] ?? value));
  const text = `ACCEL_UAPI_ASSERT((unsigned long long)(${name}) == (unsigned long long)(${number}), "value of ${name}");\n`;
  const needs = externals.map(external => `defined(${external})`).join(' && ');
  return needs === '' ? text : `#if ${needs}\n${text}#endif\n`;
}

export function asserts(facts: Facts, types: TypeTable): string {
  const constants = [...facts.constants, ...facts.enums.flatMap(({ members }) => members)];
  const requests = new Set(facts.ioctls.map(({ name }) => name));
  const plain = constants.filter(({ name }) => !requests.has(name));
  return [
    perAbi(abi => plain.map(constant => constantAssert(constant, abi)).join('')),
    ...facts.types.map(fact => perAbi(abi => layoutAsserts(fact, layoutOf(types, fact.name, abi)))),
    perAbi(abi => facts.ioctls.map(ioctl => requestAssert(ioctl, types, abi)).join('')),
  ].join('\n');
}
