import { ABI_NAMES } from '../layout/abi.ts';
import type { ConstantFact, FactNumber, Facts } from '../layout/types.ts';
import type { AbiName } from '../program/program.ts';
import { type ExtractInput, extractFacts } from './extract.ts';

/** Gives the text of the header that an ABI has in place of an `asm-generic/` one; undefined when it has none. */
export type ArchitectureHeader = (abi: AbiName) => string | undefined;

function valueOn(fact: ConstantFact, abi: AbiName): FactNumber {
  return fact.abi?.[abi] ?? fact.value;
}

/** The values on one ABI, whose header comes first; the generic one leaves alone what it finds defined. */
function valuesOn(input: ExtractInput, abi: AbiName, text: string): Map<string, FactNumber> {
  const header = input.header.replace('asm-generic/', 'asm/');
  const own = extractFacts({ ...input, header, text, externals: [] }).constants;
  const externals = own.map(fact => ({
    name: fact.name,
    define: `${fact.name} (${valueOn(fact, abi)})`,
    from: header,
    why: 'the architecture defines its own',
  }));
  const generic = extractFacts({ ...input, externals }).constants;
  return new Map([...generic, ...own].map(fact => [fact.name, valueOn(fact, abi)]));
}

/**
 * Reads a header below `asm-generic/`, some of whose constants an architecture may define otherwise (`O_DIRECTORY`
 * on Arm): such a constant holds the other values, too. What only some architectures define is left out.
 */
export function extractGenericFacts(input: ExtractInput, architectureHeader: ArchitectureHeader): Facts {
  const base = extractFacts({ ...input, externals: [] });
  const others = new Map<AbiName, Map<string, FactNumber>>();
  for (const abi of ABI_NAMES) {
    const text = architectureHeader(abi);
    if (text !== undefined) others.set(abi, valuesOn(input, abi, text));
  }
  const constants = base.constants.map(fact => {
    const differing = ABI_NAMES.flatMap(abi => {
      const value = others.get(abi)?.get(fact.name) ?? valueOn(fact, abi);
      return value === fact.value ? [] : [[abi, value] as const];
    });
    const { name, value, line } = fact;
    return differing.length > 0 ? { name, value, abi: Object.fromEntries(differing), line } : fact;
  });
  return { ...base, constants };
}
