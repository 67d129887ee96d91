/** Mutations of the bytes of a file, whatever they mean. */
import type { Random } from '../plan/random.ts';
import { join, type Mutation, utf8 } from './mutation.ts';

const place = (random: Random, bytes: Uint8Array) => random.below(bytes.length + 1);

/** Bytes that mean something in YAML or JSON. */
const MARKS = utf8('{}[],:-?&*!|>\'"%@`#<>~ \n\t\\0eE.+=');

function several(random: Random, change: (at: number) => void, length: number): void {
  for (let left = 1 + random.below(4); left > 0 && length > 0; left -= 1) change(random.below(length));
}

const MUTATIONS: readonly Omit<Mutation, 'kind'>[] = [
  {
    name: 'flip',
    mutate: ({ bytes }, { random }) => {
      const copy = bytes.slice();
      several(
        random,
        at => {
          copy[at]! ^= 1 << random.below(8);
        },
        copy.length,
      );
      return copy;
    },
  },
  {
    name: 'mark',
    mutate: ({ bytes }, { random }) => {
      const copy = bytes.slice();
      several(
        random,
        at => {
          copy[at] = random.pick([...MARKS]);
        },
        copy.length,
      );
      return copy;
    },
  },
  {
    name: 'delete',
    mutate: ({ bytes }, { random }) => {
      const at = place(random, bytes);
      return join(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(40)));
    },
  },
  {
    name: 'insert',
    mutate: ({ bytes }, { random }) => {
      const at = place(random, bytes);
      const marks = Uint8Array.from({ length: 1 + random.below(6) }, () => random.pick([...MARKS]));
      return join(bytes.subarray(0, at), marks, bytes.subarray(at));
    },
  },
  {
    name: 'repeat',
    mutate: ({ bytes }, { random }) => {
      const at = place(random, bytes);
      const end = at + random.below(200);
      return join(bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end));
    },
  },
  { name: 'truncate', mutate: ({ bytes }, { random }) => bytes.slice(0, place(random, bytes)) },
  {
    name: 'splice',
    mutate: ({ bytes }, { random, other }) => {
      const { bytes: second } = other();
      return join(bytes.subarray(0, place(random, bytes)), second.subarray(place(random, second)));
    },
  },
];

export const BYTES: readonly Mutation[] = MUTATIONS.map(mutation => ({ kind: 'bytes', ...mutation }));
