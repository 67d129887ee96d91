/** Constants and enums: numbers where 32 bits hold the value, bigints beyond. */
import { ABI_NAMES } from '../../layout/abi.ts';
import { type ConstantFact, type EnumFact, type Facts, factToBigint } from '../../layout/types.ts';
import { doc, quoted } from './text.ts';

const INT_MIN = -0x80000000n;
const UINT_MAX = 0xffffffffn;

export function literal(value: bigint): string {
  const text = value > 4096n ? `0x${value.toString(16)}` : value.toString();
  return value >= INT_MIN && value <= UINT_MAX ? text : `${text}n`;
}

const since = (fact: { since?: string }) => (fact.since === undefined ? '' : `Since Linux ${fact.since}.`);

function constant(fact: ConstantFact): string {
  const { name, value, abi } = fact;
  let text = literal(factToBigint(value));
  for (const own of ABI_NAMES)
    if (abi?.[own] !== undefined && factToBigint(abi[own]) !== factToBigint(value))
      text = `hostAbi() === ${quoted(own)} ? ${literal(factToBigint(abi[own]))} : ${text}`;
  return `${doc([since(fact)])}export const ${name} = ${text};\n`;
}

function enumeration(fact: EnumFact): string {
  const { name, members } = fact;
  const constants = members.map(constant).join('');
  if (name === null) return constants;
  const object = members.map(member => `  ${member.name},\n`).join('');
  return [
    constants,
    doc([`The members of enum ${name}.`, since(fact)]),
    `export const ${name} = {\n${object}} as const;\n`,
    `export type ${name} =\n  (typeof ${name})[keyof typeof ${name}];\n`,
  ].join('');
}

/** Everything but the requests, in the order of the header within each kind. */
export function constants(facts: Facts): string {
  const requests = new Set(facts.ioctls.map(({ name }) => name));
  const own = facts.constants.filter(({ name }) => !requests.has(name));
  const enums = facts.enums
    .map(fact => ({ ...fact, members: fact.members.filter(({ name }) => !requests.has(name)) }))
    .filter(({ members }) => members.length > 0);
  return [own.map(constant).join(''), ...enums.map(enumeration)].filter(text => text !== '').join('\n');
}
