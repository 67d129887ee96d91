import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Link, Program, Step, StepResult, Trace } from '../../../schemas/index.ts';
import { settled } from './settle.ts';

const SETTLING = { submit: 0x6441, ms: 50, watchdogMs: 700 };
const SUBMIT = 0x40186441n;
const OTHER = 0x40106442n;

const ioctl = (request: bigint): Step => ({
  op: 'ioctl',
  args: [
    { kind: 'const', value: 3n },
    { kind: 'const', value: request },
    { kind: 'const', value: 0n },
  ],
  deadline: 1000,
});

/** A link that answers every step with its number, and what it was given. */
function fake() {
  const given: Program[] = [];
  const moods: string[] = [];
  const link = {
    async device(mood: string) {
      moods.push(mood);
    },
    async run(program: Program, onEvent?: (event: StepResult) => void) {
      given.push(program);
      const results = program.steps.map((_, step) => ({ step }) as StepResult);
      for (const result of results) onEvent?.(result);
      return { program, results, log: [], end: { status: 'complete' } } as unknown as Trace;
    },
  } as unknown as Link;
  return { link: settled(link, SETTLING), given, moods };
}

const lastOf = ({ steps }: Program) => {
  const step = steps.at(-1)!;
  const [time] = step.args;
  return [step.op, time?.kind === 'const' ? time.value : undefined];
};

test('a program that submits should end with a sleep that nobody sees', async () => {
  const { link, given } = fake();
  const program: Program = { buffers: [], slots: 0, steps: [ioctl(SUBMIT), ioctl(OTHER)] };
  const seen: number[] = [];
  const trace = await link.run(program, event => void seen.push(event.step));
  assert.equal(lastOf(given[0]!), ['sleep', 50n]);
  assert.is(given[0]!.steps.length, 3);
  assert.equal(seen, [0, 1]);
  assert.is(trace.program, program);
  assert.is(trace.results.length, 2);
});

test('one that does not is left as it is', async () => {
  const { link, given } = fake();
  const program: Program = { buffers: [], slots: 0, steps: [ioctl(OTHER)] };
  await link.run(program);
  assert.is(given[0], program);
});

test('it should sleep for longer where the device does not end jobs at once', async () => {
  const { link, given, moods } = fake();
  const program: Program = { buffers: [], slots: 0, steps: [ioctl(SUBMIT)] };
  await link.device!('late');
  await link.run(program);
  await link.device!('complete');
  await link.run(program);
  assert.equal(given.map(lastOf), [
    ['sleep', 700n],
    ['sleep', 50n],
  ]);
  assert.equal(moods, ['late', 'complete']);
});

test.run();
