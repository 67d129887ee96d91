/** What a process has open when it begins. */
import type { Descriptor } from './machine.ts';

/** Standard input, output and error are open from the start. */
const STANDARD = [0n, 1n, 2n] as const;

export function standardDescriptors(): Map<bigint, Descriptor> {
  return new Map(
    STANDARD.map(number => [
      number,
      { file: { kind: 'text', content: new Uint8Array(0) }, closeOnExec: false },
    ]),
  );
}
