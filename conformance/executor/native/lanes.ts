/** Steps that run side by side: lanes, their results, their ends, and signals between them. */
import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import type { Message } from '../../../schemas/protocol/codec.ts';
import {
  area,
  at,
  type Build,
  c,
  changed,
  codec,
  E,
  keep,
  run,
  SIGSEGV,
  type Step,
  type Suite,
  shorts,
  slot,
  step,
  text,
} from './kit.ts';

const [SIGUSR1, SIGKILL] = [10, 9];
const EINTR = 4;
const POLLIN = 1;
const MS = 1_000_000n;

const parallel = (counts: readonly number[], offsets: readonly number[] = []): Step =>
  step(
    'parallel',
    [0, 1, 2].map(lane => c(counts[lane] ?? 0)).concat([0, 1, 2].map(lane => c(offsets[lane] ?? 0))),
  );
const eventfd = (number: number): Step => step('eventfd', [c(0), c(0)], keep(number));
/** Waits for the eventfd in a slot. */
const poll = (number: number, limit: number): Step => step('poll', [slot(number), c(POLLIN), c(limit)]);
const signal = (lane: number, number: number, restart: number, limit = 2000): Step =>
  step('signal', [c(lane), c(number), c(restart), c(limit)]);

export function laneTests(it: Suite, { path }: Build): void {
  it('runs lanes side by side and answers in the order of the program', async ({ link }) => {
    assert.is(link.hello.lanes, true);
    const trace = await run(
      link,
      [area(8, { align: 'start' }), area(8, { align: 'start' }), area(4)],
      step('clock', [], keep(0)),
      parallel([2, 2, 1]),
      step('sleep', [c(60)]),
      step('store', [at(0), c(1), slot(0, { mask: 0n, add: 7n })]),
      step('sleep', [c(60)]),
      step('store', [at(1), c(2), c(0x0909)]),
      step('sleep', [c(60)]),
      step('load', [at(1), c(1)]),
    );
    assert.equal(shorts(trace).slice(1), ['done 3', ...Array(5).fill('done 0'), 'done 9']);
    assert.equal(trace.results.map(changed), [[], [], [], ['0+0:07'], [], ['1+0:0909'], [], []]);
    const section = trace.results[1]!;
    assert.is(section.before, section.after);
    for (const { before } of trace.results.slice(2, 7)) assert.ok(before >= section.before);
    // Three lanes that sleep for 60 ms each, one after the other, would take 180.
    assert.ok(trace.results[7]!.before - section.before < 150n * MS);
  });

  it('lets a lane begin later', async ({ link }) => {
    const trace = await run(link, [], parallel([1, 1], [0, 50_000]), step('clock', []), step('clock', []));
    const [section, first, second] = trace.results;
    assert.ok(second!.before >= section!.before + 50n * MS);
    assert.ok(second!.before > first!.after);
  });

  it('lets one lane end the wait of another, and hands values on within a lane', async ({ link }) => {
    const trace = await run(
      link,
      [area(8, { align: 'start', data: new Uint8Array([1]) })],
      eventfd(0),
      parallel([2, 2]),
      poll(0, 5000),
      step('clock', []),
      step('dup', [slot(0)], keep(1)),
      step('write', [slot(1), at(0), c(8)]),
      step('close', [slot(1)]),
    );
    assert.equal(
      [2, 5, 6].map(index => shorts(trace)[index]),
      [`done ${POLLIN}`, 'done 8', 'done 0'],
    );
    assert.ok(trace.results[3]!.before - trace.results[2]!.before < 2000n * MS);
  });

  it('catches a fault in its lane', async ({ link }) => {
    const trace = await run(
      link,
      [],
      parallel([2, 2]),
      step('load', [c(0), c(1)]),
      step('nop', []),
      step('store', [c(0), c(1), c(1)]),
      step('nop', []),
    );
    const fault = `fault -1 signal ${SIGSEGV}`;
    assert.equal(shorts(trace), ['done 2', fault, 'done 0', fault, 'done 0']);
    assert.is(trace.end.status, 'complete');
  });

  it('tells of every step of a section that is cut', async ({ link }) => {
    const late = await run(
      link,
      [],
      eventfd(0),
      parallel([2, 2, 1]),
      { ...poll(0, 60_000), deadline: 300 },
      step('nop', []),
      step('clock', []),
      step('nop', []),
      poll(0, 60_000),
      step('nop', []),
    );
    const killed = `died -1 signal ${SIGKILL}`;
    assert.equal(shorts(late).slice(1), [
      'done 3',
      `deadline -1 signal ${SIGKILL}`,
      killed,
      shorts(late)[4],
      'done 0',
      killed,
    ]);
    assert.match(shorts(late)[4]!, /^done \d+$/);
    assert.is(late.end.status, 'cut');
    assert.ok(late.results[2]!.after - late.results[2]!.before >= 300n * MS);
    const dead = await run(
      link,
      [area(8)],
      step('munmap', [at(0, 8 - link.hello.pageSize), c(link.hello.pageSize)]),
      parallel([1, 1]),
      step('clock', []),
      step('nop', [], { fills: [{ buffer: 0, offset: 0, bytes: new Uint8Array(1) }] }),
    );
    // Whether the other lane got to its step before is open.
    assert.is(shorts(dead)[3], `died -1 signal ${SIGSEGV}`);
    assert.is(dead.end.status, 'cut');
    assert.equal(shorts(await run(link, [], step('nop', []))), ['done 0']);
  });

  it('interrupts a lane that is blocked, with and without a restart', async ({ link }) => {
    const read = (limit: number): Step[] => [
      eventfd(0),
      parallel([2, 2], [0, 1000]),
      step('read', [slot(0), at(0), c(8)]),
      step('nop', []),
      signal(0, SIGUSR1, limit === 0 ? 0 : 1),
      ...(limit === 0 ? [step('nop', [])] : [step('write', [slot(0), at(1), c(8)])]),
    ];
    const buffers = () => [area(8), area(8, { data: new Uint8Array([3]) })];
    const without = await run(link, buffers(), ...read(0));
    assert.equal(shorts(without).slice(2), [`done -1 errno ${EINTR}`, 'done 0', 'done 1', 'done 0']);
    const again = await run(link, buffers(), ...read(1));
    assert.equal(shorts(again).slice(2), ['done 8', 'done 0', 'done 1', 'done 8']);
    assert.equal(changed(again.results[2]!), ['0+0:03']);
    // A program that follows has the signal's default again, in a worker of its own.
    const idle = await run(link, [], parallel([1, 1]), step('nop', []), { ...signal(0, SIGUSR1, 0, 20) });
    assert.match(shorts(idle)[2]!, new RegExp(`^done (0|-1 errno ${E.ESRCH})$`));
    const bad = await run(
      link,
      [],
      parallel([1, 5]),
      step('sleep', [c(100)]),
      ...[0, 65, SIGKILL, SIGSEGV, 32].map(number => signal(0, number, 0)),
    );
    assert.equal(shorts(bad).slice(2), Array(5).fill(`done -1 errno ${E.EINVAL}`));
  });

  it('refuses lanes that share what they may not, or do what they may not', async ({ link }) => {
    const nop = step('nop', []);
    const wrong: [RegExp, ...Step[]][] = [
      [
        /step 0 is parallel and has an argument that is no constant/,
        { ...parallel([1, 1]), args: [slot(0), ...parallel([1, 1]).args.slice(1)] },
        nop,
        nop,
      ],
      [/lane 1 of step 0 has no step/, parallel([1, 0]), nop],
      [/the lanes of step 0 have more steps than follow/, parallel([1, 2]), nop, nop],
      [/begins 1000001 us later/, parallel([1, 1], [0, 1_000_001]), nop, nop],
      [/step 2 .*cannot run in a lane/, parallel([1, 1]), nop, step('fork', [])],
      [/step 0 is a signal outside of any lane/, signal(0, 1, 0)],
      [/step 1 signals no other lane/, parallel([1, 1]), signal(0, 1, 0), nop],
      [
        /step 2 names buffer 0, which another lane names/,
        parallel([1, 1]),
        step('load', [at(0), c(1)]),
        step('load', [at(0), c(1)]),
      ],
      [
        /step 2 captures slot 0, which another lane captures/,
        parallel([1, 1]),
        step('clock', [], keep(0)),
        step('clock', [], keep(0)),
      ],
      [
        /step 1 uses slot 0, which another lane captures/,
        parallel([1, 1]),
        step('close', [slot(0)]),
        step('clock', [], keep(0)),
      ],
    ];
    for (const [why, ...steps] of wrong) {
      const program = { buffers: [area(8)], slots: 1, steps };
      const refused = await link.run(program).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
      assert.match(refused, why);
      assert.match(await refusal(path, { type: 'program', number: 0, program }), why);
    }
    const repeated = await run(link, [], parallel([1, 1]), nop, nop, step('repeat', [c(1), c(1), c(1)]));
    assert.is(shorts(repeated)[3], `done -1 errno ${E.EINVAL}`);
  });

  it('opens and closes in lanes', async ({ link }) => {
    const trace = await run(
      link,
      [text('/dev/null'), text('/dev/full')],
      parallel([2, 2]),
      step('open', [at(0), c(2), c(0)], keep(0)),
      step('close', [slot(0)]),
      step('open', [at(1), c(2), c(0)], keep(1)),
      step('close', [slot(1)]),
    );
    assert.equal(
      trace.results.map(({ errno }) => errno),
      Array(5).fill(0),
    );
  });
}

/** The sentence with which the executor itself refuses a program. */
async function refusal(path: string, message: Message): Promise<string> {
  const child = spawn(path, [], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(codec.encode(message));
  const reader = codec.reader('the executor');
  for await (const chunk of child.stdout)
    for (const answer of reader.push(chunk as Uint8Array)) if (answer.type === 'error') return answer.text;
  return 'no error';
}
