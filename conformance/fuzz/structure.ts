/** Mutations of the structure: what is where, under which key, and of which type. */
import { type Mutation, type MutationContext, type Subject, written } from './mutation.ts';
import { type Container, changed, copyOf, pickSpot, remove, type Spot } from './tree.ts';

const inMap = ({ holder }: Spot) => !Array.isArray(holder);
const get = ({ holder, key }: Spot) => holder[key];
const put = ({ holder, key }: Spot, value: unknown) => {
  holder[key] = value;
};

/** One change at one place. */
function at(
  name: string,
  change: (spot: Spot, context: MutationContext, data: unknown) => void,
  suits?: (spot: Spot) => boolean,
  kind = 'structure',
): Mutation {
  return {
    kind,
    name,
    mutate: ({ data }: Subject, context) =>
      written(
        changed(data, root => {
          const inner = (root as { root: unknown }).root;
          const spot = pickSpot(inner, context.random, suits);
          // The file itself is held by a map that pickSpot made: it is replaced here instead.
          const whole = spot.key === 'root' && spot.holder.root === inner;
          change(whole ? { holder: root as Container, key: 'root' } : spot, context, inner);
        }),
      ),
  };
}

export const STRUCTURE: readonly Mutation[] = [
  at('delete', remove),
  at('duplicate item', ({ holder, key }) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 0, copyOf(holder[key as number]));
    else holder[`${key}_2`] = copyOf(holder[key]);
  }),
  at(
    'rename key',
    ({ holder, key }, { random, names }) => {
      const value = holder[key];
      delete holder[key];
      holder[random.chance(50) ? random.pick(names) : `${key}x`] = value;
    },
    inMap,
  ),
  at('wrap in list', spot => put(spot, [get(spot)])),
  at('wrap in map', (spot, { random, names }) => put(spot, { [random.pick(names)]: get(spot) })),
  at(
    'unwrap',
    spot => put(spot, Object.values(get(spot) as object)[0] ?? null),
    spot => get(spot) !== null && typeof get(spot) === 'object',
  ),
  at('swap', (spot, { random }, data) => {
    const other = pickSpot(data, random);
    // One inside the other would make a circle, which no text can hold.
    const [a, b] = [copyOf(get(spot)), copyOf(get(other))];
    put(spot, b);
    if (other.holder !== spot.holder || !Array.isArray(spot.holder)) put(other, a);
  }),
  at('move', (spot, { random }, data) => put(spot, copyOf(get(pickSpot(data, random))))),
];

const OTHER_TYPES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'text',
  [],
  {},
  [null],
  { a: 1 },
  '0x1',
  [[]],
  '-0x1',
  2 ** 31,
  -(2 ** 53) + 1,
];

export const TYPES: readonly Mutation[] = [
  at('other type', (spot, { random }) => put(spot, copyOf(random.pick(OTHER_TYPES))), undefined, 'types'),
  at(
    'number as text',
    spot => put(spot, String(get(spot))),
    spot => typeof get(spot) === 'number',
    'types',
  ),
  at(
    'text as list',
    spot => put(spot, [...String(get(spot))]),
    spot => typeof get(spot) === 'string',
    'types',
  ),
];

const ROOT_NAMES = [
  'constructor',
  'toString',
  'hasOwnProperty',
  '__proto__',
  'length',
  'root',
  'device',
  'file',
];

export const REFERENCES: readonly Mutation[] = [
  at(
    'unknown name',
    (spot, { random }) =>
      put(spot, `${get(spot)}${random.pick(['x', '_', '2', '.a', '[9]', '[-1]', '[99999999999]'])}`),
    spot => typeof get(spot) === 'string',
    'references',
  ),
  at(
    'other name',
    (spot, { random, names }) => put(spot, random.pick(names)),
    spot => typeof get(spot) === 'string',
    'references',
  ),
  at(
    'name of an object',
    (spot, { random }) => put(spot, random.pick(ROOT_NAMES)),
    spot => typeof get(spot) === 'string',
    'references',
  ),
  at(
    'own name',
    (spot, { random }, data) => {
      const other = pickSpot(data, random, each => typeof get(each) === 'string');
      put(spot, get(other));
    },
    spot => typeof get(spot) === 'string',
    'references',
  ),
];

const NUMBERS = [
  2 ** 53,
  -(2 ** 53),
  2 ** 40,
  -(2 ** 40),
  2 ** 31,
  2 ** 32,
  1e308,
  -0,
  65536,
  16384,
  -1,
  2 ** 53 - 1,
];

export const NUMBER: readonly Mutation[] = [
  at(
    'huge number',
    (spot, { random }) => put(spot, random.pick(NUMBERS)),
    spot => typeof get(spot) === 'number',
    'numbers',
  ),
  at(
    'long hexadecimal',
    (spot, { random }) => put(spot, `0x${'f'.repeat(1 + random.below(40))}`),
    spot => typeof get(spot) === 'number',
    'numbers',
  ),
];
