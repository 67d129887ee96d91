/** The functions of compile.ts beside the interpreter: the same answer, or the same error, after the same questions. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../catalogue/catalogue.ts';
import { conditionFunction, termFunction } from './compile.ts';
import type { Condition, Environment, Term } from './environment.ts';
import { interpretCondition, interpretTerm } from './interpreter.ts';

const SEED = 1;
/** Environments for each condition of a description. */
const ENVIRONMENTS = 12;

/** What a condition asks its environment, and what comes of it. */
interface Asked {
  readonly questions: readonly string[];
  readonly end: string;
}

/** Few values, so that comparisons come out both ways; a wide one, so that what wraps shows. */
const NUMBERS = [0n, 1n, 2n, 4n, 7n, 4096n, 0xffff_ffffn, 1n << 63n, (1n << 64n) - 1n];

/** Answers every question by chance, and the same question with the same answer. */
function asking<T>(seed: number, ask: (env: Environment) => T): Asked {
  const questions: string[] = [];
  const answer = (question: string): number => {
    questions.push(question);
    let hash = seed >>> 0;
    for (const char of question) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
    return (hash ^ (hash >>> 15)) >>> 0;
  };
  const number = (question: string): bigint => {
    const got = answer(question);
    // Now and then there is no answer: a parameter nobody knows, an object that is not bound.
    if (got % 41 === 0) throw new Error(`no answer to ${question}`);
    return NUMBERS[got % NUMBERS.length]!;
  };
  const truth = (question: string): boolean => answer(question) % 2 === 0;
  const env: Environment = {
    field: path => number(`field ${path}`),
    constant: name => number(`constant ${name}`),
    param: name => number(`param ${name}`),
    text: name => 'x'.repeat(Number(number(`text ${name}`) % 50n)),
    property: (object, name) => number(`property ${object} ${name}`),
    sizeof: type => number(`sizeof ${type}`),
    handle: (resource, value) => truth(`handle ${resource} ${value}`),
    minor: value => truth(`minor ${value}`),
    call: value => truth(`call ${value}`),
    index: name => number(`index ${name}`),
    now: () => number('now'),
    argument: () => number('argument'),
    number: (name, args) => number(`number ${name} ${args}`),
    model: (name, args, object) => truth(`model ${name} ${args} ${object}`),
    forbidden: value => truth(`forbidden ${value}`),
    unplugged: () => truth('unplugged'),
    descriptor: (value, kind) => truth(`descriptor ${value} ${kind}`),
    absent: object => truth(`absent ${object}`),
    same: (a, b) => truth(`same ${a} ${b}`),
    attachedTwice: object => truth(`attachedTwice ${object}`),
    predicate: (name, address, length) => ({
      ...(truth(`broken ${name} ${address} ${length}`) ? { broken: 'rule' } : {}),
      unread: truth(`unread ${name} ${address} ${length}`),
    }),
    bytes: (address, length) =>
      truth(`bytes ${address} ${length}`)
        ? new Uint8Array(3).fill(answer(`byte ${address}`) % 256)
        : undefined,
    readable: (address, length) => truth(`readable ${address} ${length}`),
    writable: (address, length) => truth(`writable ${address} ${length}`),
    values: set => NUMBERS.filter((_, at) => (answer(`values ${JSON.stringify(set)}`) >> at) % 2 === 0),
  };
  try {
    return { end: String(ask(env)), questions };
  } catch (error) {
    return { end: `threw ${(error as Error).message}`, questions };
  }
}

function agree(what: string, seed: number, condition: Condition): boolean {
  const expected = asking(seed, env => interpretCondition(condition, env));
  assert.equal(
    asking(seed, env => conditionFunction(condition)(env)),
    expected,
    `${what} ${seed}`,
  );
  return expected.end === 'true';
}

/** Every condition and term that a description holds, however deep. */
function* parts(value: unknown, key = ''): Generator<{ condition?: Condition; term?: Term }> {
  if (Array.isArray(value)) for (const each of value) yield* parts(each);
  else if (value && typeof value === 'object') {
    if (key === 'when') yield { condition: value as Condition };
    if (['to', 'at', 'count', 'handle', 'release', 'descriptor'].includes(key) && isTerm(value))
      yield { term: value as Term };
    for (const [name, each] of Object.entries(value)) yield* parts(each, name);
  }
}

const TERMS =
  /^(field|const|param|length|property|index|now|argument|model|signed|or|sizeof|popcount|add|sub|mul|and|min|roundUp)$/;
const isTerm = (value: object) => TERMS.test(Object.keys(value)[0] ?? '');

test('every condition of every description should come out as interpreted, in many environments', () => {
  let [held, compared, terms] = [0, 0, 0];
  for (const driver of catalogue().drivers.values())
    for (const call of [...driver.calls.values(), ...driver.files.values(), ...driver.primary.values()])
      for (const { condition, term } of parts(call.semantics.body))
        for (let seed = 1; seed <= ENVIRONMENTS; seed += 1) {
          if (condition) {
            compared += 1;
            held += agree(call.id, seed, condition) ? 1 : 0;
          } else if (term !== undefined) {
            terms += 1;
            const expected = asking(seed, env => interpretTerm(term, env));
            assert.equal(
              asking(seed, env => termFunction(term)(env)),
              expected,
              `${call.id} ${seed}`,
            );
          }
        }
  assert.ok(compared > 10_000 && terms > 1_000, `${compared} conditions, ${terms} terms`);
  // Both ways often enough for a difference to show.
  assert.ok(held > compared / 10 && held < compared, `${held} of ${compared} held`);
});

const { term: anyTerm, condition: anyCondition } = fc.letrec<{ term: Term; condition: Condition }>(tie => {
  const two = fc.tuple(tie('term'), tie('term')) as fc.Arbitrary<[Term, Term]>;
  const width = fc.constantFrom('u32', 'u64', 'exact', undefined);
  const name = fc.constantFrom('a', 'b');
  const path = fc.constantFrom('bo.size', 'job.state');
  const values = fc.constantFrom({ enum: 'e' }, { constants: ['A', 'B'] });
  const record = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape) as fc.Arbitrary<never>;
  return {
    term: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<Term>(0, 1, 4096, '0xffffffffffffffff'),
      record({ field: name }),
      record({ const: name }),
      record({ param: name }),
      record({ length: name }),
      record({ property: path }),
      record({ index: name }),
      record({ now: fc.constant(true) }),
      record({ argument: fc.constant(true) }),
      record({ sizeof: name }),
      record({ model: name, of: fc.array(tie('term'), { maxLength: 2 }) }),
      record({ property: path, at: tie('term') }),
      record({ signed: tie('term'), bits: fc.constantFrom(8, 32, undefined) }),
      record({ popcount: tie('term') }),
      ...['or', 'and', 'min', 'max'].map(key => record({ [key]: two })),
      ...['add', 'sub', 'mul', 'roundUp'].map(key => record({ [key]: two, width })),
    ),
    condition: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'misaligned', 'unreadable', 'unwritable', 'unprintable'].map(
        key => record({ [key]: two }),
      ),
      record({ outside: fc.tuple(tie('term'), tie('term'), tie('term')) }),
      record({ nonzero: tie('term') }),
      record({ unknownBits: tie('term'), values }),
      record({ unmatched: tie('term'), values }),
      record({ noHandle: tie('term'), resource: name }),
      record({ noMinor: tie('term') }),
      record({ noCall: tie('term') }),
      record({ state: path }),
      record({ model: name, of: fc.array(tie('term'), { maxLength: 2 }), object: name }),
      record({ forbidden: tie('term') }),
      record({ unplugged: fc.constant(true) }),
      record({ noDescriptor: tie('term'), kind: fc.constantFrom('dma-buf', undefined) }),
      record({ absent: name }),
      record({ same: fc.tuple(name, name) }),
      record({ attachedTwice: name }),
      record({ broken: name, at: tie('term'), length: tie('term') }),
      record({ unreadFor: name, at: tie('term'), length: tie('term') }),
      record({ not: tie('condition') }),
      record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
      record({ any: fc.array(tie('condition'), { maxLength: 3 }) }),
    ),
  };
});

test('so should conditions and terms that nobody wrote', () => {
  const options = { seed: SEED, numRuns: 3000 };
  fc.assert(
    fc.property(anyCondition, fc.nat(), (condition, seed) => {
      // Absent is not the same as undefined in a description.
      agree('drawn', seed, JSON.parse(JSON.stringify(condition)) as Condition);
    }),
    options,
  );
  fc.assert(
    fc.property(anyTerm, fc.nat(), (drawn, seed) => {
      const term = JSON.parse(JSON.stringify(drawn)) as Term;
      const expected = asking(seed, env => interpretTerm(term, env));
      assert.equal(
        asking(seed, env => termFunction(term)(env)),
        expected,
      );
    }),
    options,
  );
});

test('a function should be made once', () => {
  const condition: Condition = { nonzero: { field: 'a' } };
  assert.is(conditionFunction(condition), conditionFunction(condition));
});

test.run();
