import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Program, StepResult, Trace, Value } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import { inRounds, type Ran, rated } from './rounds.ts';
import type { Verdict } from './verdict.ts';

const c = (value: number): Value => ({ kind: 'const', value: BigInt(value) });
const US = 1000n;

function program(lanes: number): Program {
  const nop = { op: 'nop', args: [], deadline: 1 } as const;
  const args = [1, 1, lanes > 2 ? 1 : 0, 0, 0, 0].map(c);
  return { buffers: [], slots: 0, steps: [{ op: 'parallel', args, deadline: 1 }, ...Array(lanes).fill(nop)] };
}

const one = (steps: Program): Case => ({
  name: 'x',
  family: 'race',
  program: steps,
  labels: [],
  instances: [],
  race: 0,
});

/** A machine on which every lane takes 100 us, and something is wrong when the lanes begin within `near` us. */
function machine(offsets: number[][], near = -1) {
  return async ({ program: { steps } }: Case): Promise<Ran> => {
    const late = steps[0]!.args.slice(3).map(arg => Number((arg as { value: bigint }).value));
    offsets.push(late.slice(0, steps.length - 1));
    const results = steps.map((_, step): StepResult => {
      const before = BigInt(step === 0 ? 0 : late[step - 1]!) * US;
      const rest = { status: 'done', ret: 0n, errno: 0, signal: 0, diffs: [], hashes: [] } as const;
      return { step, before, after: before + 100n * US, ...rest };
    });
    const wrong = Math.abs(late[0]! - late[1]!) <= near;
    const difference = { step: 1, kind: 'outcome', expected: 'a', observed: 'b' } as const;
    const trace: Trace = {
      program: program(2),
      results,
      log: [],
      end: { status: 'complete', taint: 0n, stack: '' },
    };
    return {
      trace,
      judgements: wrong ? [{ step: 1, state: 'judged', differences: [difference] }] : [],
      explain: () => [],
    };
  };
}

test('the model should be run once for each order of its lanes', async () => {
  const two: number[][] = [];
  await inRounds(one(program(2)), 0, undefined, machine(two));
  assert.equal(two, [
    [0, 1],
    [1, 0],
  ]);
  const three: number[][] = [];
  await inRounds(one(program(3)), 0, undefined, machine(three));
  assert.is(new Set(three.map(String)).size, 6);
});

test('offsets should pass from one lane behind the other to before it', async () => {
  const seen: number[][] = [];
  await inRounds(one(program(2)), 0, 40, machine(seen));
  const between = seen
    .slice(1)
    .map(([first, second]) => first! - second!)
    .sort((a, b) => a - b);
  assert.ok(between[0]! < -90 && between.at(-1)! > 90, between.join(' '));
  for (const [at, next] of between.slice(1).entries()) assert.ok(next - between[at]! < 20, between.join(' '));
});

test('the first wrong round should be shown, with how many there were', async () => {
  const { rate, judgements } = await inRounds(one(program(2)), 0, 40, machine([], 25));
  assert.is(judgements.length, 1);
  assert.is(rate.rounds, 40);
  assert.ok(rate.wrong > 2 && rate.wrong < 20, String(rate.wrong));
  const verdict = { verdict: 'violates', reason: 'bad', differences: [{}] } as unknown as Verdict;
  assert.is(rated(verdict, rate).reason, `bad; in ${rate.wrong} of 40 rounds`);
});

test('lanes that never met should have shown nothing', () => {
  const verdict = { verdict: 'conforms', reason: '', differences: [] } as unknown as Verdict;
  assert.is(rated(verdict, { rounds: 20, wrong: 0, overlapped: 0, untold: 0 }).verdict, 'not reached');
  assert.is(
    rated(verdict, { rounds: 20, wrong: 0, overlapped: 3, untold: 1 }).reason,
    '3 of 20 rounds overlapped; 1 could not be told',
  );
});

test('a round that cannot be told should neither be shown nor count, unless none can', async () => {
  const seen: Ran[] = [];
  const plain = machine([]);
  const openUntil = (last: number) => async (ran: Case) => {
    const round = await plain(ran);
    seen.push(
      seen.length < last ? { ...round, judgements: [{ step: 1, state: 'unknown', differences: [] }] } : round,
    );
    return seen.at(-1)!;
  };
  const some = await inRounds(one(program(2)), 0, 20, openUntil(3));
  assert.is(some.trace, seen[3]!.trace);
  assert.is(some.rate.untold, 3);
  assert.ok(some.rate.overlapped <= 17);
  seen.length = 0;
  const none = await inRounds(one(program(2)), 0, 20, openUntil(20));
  assert.is(none.trace, seen[0]!.trace);
  assert.is(none.rate.overlapped, 0);
});

test.run();
