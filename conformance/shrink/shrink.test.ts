import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Program, Step, Value } from '../../schemas/index.ts';
import { MOST_RUNS, type Shrunk, shrink } from './shrink.ts';

const number = (value: number): Value => ({ kind: 'const', value: BigInt(value) });
const slot = (index: number): Value => ({ kind: 'slot', slot: index });
const keep = (index: number): Step['captures'] => [{ slot: index, from: 'return' }];

function step(op: Step['op'], args: readonly Value[] = [], more: Partial<Step> = {}): Step {
  return { op, args, deadline: 1000, ...more };
}

function start(steps: readonly Step[], at: number, buffers: Program['buffers'] = []): Shrunk {
  return { program: { buffers, slots: 8, steps }, labels: steps.map((_, index) => `${index}`), step: at };
}

/** Shows the difference at the last step labelled `mark`, when every label of `needs` came before it. */
function target(mark: string, needs: readonly string[] = []) {
  const runs: (readonly string[])[] = [];
  return {
    runs,
    shows: async ({ labels }: Shrunk) => {
      runs.push(labels);
      const at = labels.lastIndexOf(mark);
      return at >= 0 && needs.every(need => labels.slice(0, at).includes(need)) ? at : undefined;
    },
  };
}

test('keeps the step that shows it and those whose slots it uses', async () => {
  const small = await shrink(
    start(
      [
        step('nop'),
        step('open', [], { captures: keep(0) }),
        step('open', [], { captures: keep(1) }),
        step('ioctl', [slot(1), number(1)], { captures: keep(2) }),
        step('nop'),
        step('ioctl', [slot(0), slot(2)]),
        step('close', [slot(0)]),
      ],
      5,
    ),
    target('5').shows,
  );
  assert.equal(small.labels, ['1', '2', '3', '5']);
  assert.is(small.step, 3);
});

test('keeps a step that only the target knows to be needed', async () => {
  const steps = Array.from({ length: 12 }, () => step('nop'));
  const { shows, runs } = target('11', ['4']);
  const small = await shrink(start(steps, 11), shows);
  assert.equal(small.labels, ['4', '11']);
  assert.is(small.step, 1);
  assert.ok(runs.length <= MOST_RUNS);
});

test('a slot that is filled twice needs the last filling before its use', async () => {
  const small = await shrink(
    start(
      [
        step('open', [], { captures: keep(0) }),
        step('dup', [], { captures: keep(0) }),
        step('close', [slot(0)]),
      ],
      2,
    ),
    target('2').shows,
  );
  assert.equal(small.labels, ['1', '2']);
});

test('slots of patches count, and buffers that nothing uses go', async () => {
  const buffer = (size: number) => ({
    size,
    data: new Uint8Array(0),
    access: 'readwrite' as const,
    align: 'end' as const,
  });
  const patched = step('ioctl', [number(3), number(7), { kind: 'address', buffer: 2, offset: 4n }], {
    fills: [{ buffer: 2, offset: 0, bytes: Uint8Array.of(1) }],
    patches: [{ buffer: 2, offset: 0, width: 4, value: slot(0) }],
    captures: [{ slot: 1, from: 'buffer', buffer: 2, offset: 8, width: 4 }],
  });
  const small = await shrink(
    start(
      [
        step('nop', [{ kind: 'address', buffer: 0 }]),
        step('open', [{ kind: 'address', buffer: 1 }], { captures: keep(0) }),
        patched,
      ],
      2,
      [buffer(10), buffer(20), buffer(30)],
    ),
    target('2').shows,
  );
  assert.equal(small.labels, ['1', '2']);
  assert.equal(
    small.program.buffers.map(({ size }) => size),
    [20, 30],
  );
  const last = small.program.steps[1]!;
  assert.equal(last.args[2], { kind: 'address', buffer: 1, offset: 4n });
  assert.is(last.fills![0]!.buffer, 1);
  assert.is(last.patches![0]!.buffer, 1);
  assert.equal(last.captures![0], { slot: 1, from: 'buffer', buffer: 1, offset: 8, width: 4 });
});

test('a repeat follows its steps to their new numbers', async () => {
  const steps = [step('nop'), step('nop'), step('open'), step('repeat', [number(2), number(1), number(9)])];
  const small = await shrink(start(steps, 3), target('3', ['2']).shows);
  assert.equal(small.labels, ['2', '3']);
  assert.equal(small.program.steps[1]!.args[0], number(0));
});

test('the given program stays when nothing smaller shows it, without what follows the step', async () => {
  const steps = Array.from({ length: 6 }, () => step('nop'));
  const small = await shrink(start(steps, 4), async () => undefined);
  assert.equal(small.labels, ['0', '1', '2', '3', '4']);
  assert.is(small.step, 4);
});

test('takes no more runs than it may', async () => {
  const steps = Array.from({ length: 200 }, () => step('nop'));
  let runs = 0;
  const shows = async () => {
    runs += 1;
    return undefined;
  };
  await shrink(start(steps, 199), shows, 7);
  assert.is(runs, 7);
});

test('a difference that moves to an earlier step cuts the program there', async () => {
  const steps = [step('nop'), step('nop'), step('nop'), step('nop')];
  const small = await shrink(start(steps, 3), async ({ labels }) =>
    labels.includes('1') ? labels.indexOf('1') : undefined,
  );
  assert.equal(small.labels, ['1']);
  assert.is(small.step, 0);
});

test.run();
