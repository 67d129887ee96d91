/** Errno names and numbers of the kernel's generic ABI, which all five ABIs use: facts of asm-generic/errno*.h. */
import { files } from '../generated/catalogue.ts';
import { type Facts, factToBigint } from '../layout/types.ts';

const numbers = new Map<string, number>();
const names = new Map<number, string>();
for (const file of ['errno-base', 'errno']) {
  const { constants } = files[`schemas/facts/${file}.json`] as Facts;
  for (const { name, value } of constants) {
    const number = Number(factToBigint(value));
    numbers.set(name, number);
    // The first name of a number is its own; the later ones (EWOULDBLOCK, EDEADLOCK) are other words for it.
    if (!names.has(number)) names.set(number, name);
  }
}

export function isErrno(name: string): boolean {
  return numbers.has(name);
}

/** The number of an errno name. */
export function errnoNumber(name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`${name} is not an errno of the generic Linux ABI`);
  return number;
}

/** Every errno by its number, in their order. */
export function errnoNames(): (readonly [number, string])[] {
  return [...names].sort(([a], [b]) => a - b);
}

/** The name of an errno number, or `errno N` for one that the generic ABI does not have. 0 is `success`. */
export function errnoName(number: number): string {
  return number === 0 ? 'success' : (names.get(number) ?? `errno ${number}`);
}
