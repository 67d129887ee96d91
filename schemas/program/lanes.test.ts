import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sectionsOf, wrongLanes } from './lanes.ts';
import type { Program, Step, Value } from './program.ts';

const c = (value: number): Value => ({ kind: 'const', value: BigInt(value) });
const slot: Value = { kind: 'slot', slot: 0 };
const at: Value = { kind: 'address', buffer: 0 };
const step = (op: Step['op'], args: readonly Value[] = [], more: Partial<Step> = {}): Step => ({
  op,
  args,
  deadline: 1,
  ...more,
});
const parallel = (...numbers: number[]) =>
  step('parallel', [...numbers, 0, 0, 0, 0, 0, 0].slice(0, 6).map(c));
const of = (...steps: Step[]): Program => ({ buffers: [], slots: 1, steps });
const nop = step('nop');
const keep = { captures: [{ slot: 0, from: 'return' as const }] };

test('the lanes of a section should lie behind its step, one after the other', () => {
  const [two, three] = sectionsOf(
    of(nop, parallel(1, 2, 0, 0, 7), nop, nop, nop, parallel(1, 1, 1), nop, nop, nop),
  );
  assert.equal(two, {
    step: 1,
    lanes: [
      { first: 2, end: 3, offset: 0n },
      { first: 3, end: 5, offset: 7n },
    ],
    end: 5,
  });
  assert.equal([three!.step, three!.lanes.length, three!.end], [5, 3, 9]);
});

test('lanes that may share nothing should be accepted', () => {
  assert.is(wrongLanes(of(nop)), undefined);
  assert.is(
    wrongLanes(of(step('clock', [], keep), parallel(1, 1), step('close', [slot]), step('close', [slot]))),
    undefined,
  );
  assert.is(wrongLanes(of(parallel(2, 1), step('clock', [], keep), step('close', [slot]), nop)), undefined);
});

test('what is wrong with lanes should be told in one clause', () => {
  const wrong: [Program, RegExp][] = [
    [of(parallel(1, 0), nop), /lane 1 of step 0 has no step/],
    [of(parallel(1, 1), nop), /more steps than follow/],
    [of(parallel(1, 1, 0, 1_000_001), nop, nop), /begins 1000001 us later/],
    [of(step('parallel', Array(6).fill(slot)), nop, nop), /no constant/],
    [of(parallel(1, 1), nop, step('fork')), /step 2 is fork/],
    [of(step('signal', [c(0), c(1), c(0), c(0)])), /outside of any lane/],
    [of(parallel(1, 1), nop, step('signal', [c(1), c(1), c(0), c(0)])), /no other lane/],
    [
      of(
        parallel(1, 1),
        step('load', [at, c(1)]),
        step('nop', [], { fills: [{ buffer: 0, offset: 0, bytes: new Uint8Array(1) }] }),
      ),
      /buffer 0/,
    ],
    [of(parallel(1, 1), step('close', [slot]), step('clock', [], keep)), /step 1 uses slot 0/],
    [of(parallel(1, 1), step('clock', [], keep), step('clock', [], keep)), /step 2 captures slot 0/],
  ];
  for (const [program, why] of wrong) assert.match(wrongLanes(program) ?? '', why);
});

test.run();
