/** What the kit says of executors that are wrong, each a program of its own behind `exec:`. Runs what is in dist. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndEvent, FindingEvent, LogEvent, StreamEvent, VerdictEvent } from '../run/events.ts';
import { fake, kit } from './paths.ts';

/** Milliseconds after which the kit itself hangs; a run takes a second. */
const HANGS = 90_000;
/** Factor on the limits of the link for fakes that hang; the shortest is then 150 ms, which decides nothing. */
const IMPATIENT = '0.03';

interface Run {
  readonly status: number | null;
  readonly stderr: string;
  readonly events: StreamEvent[];
  /** Last event, when the stream began. */
  readonly end: EndEvent | undefined;
}

/** Runs validate on a command; standard output must be lines of JSON that end with their own checksum. */
async function validateCommand(command: string, patience?: string): Promise<Run> {
  const words = ['validate', `exec:${command}`, '--runs', '2', '--format', 'jsonl'];
  // The test runner forces colours, of which Node warns where NO_COLOR is set.
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...plain } = process.env;
  const env = { ...plain, ...(patience === undefined ? {} : { ACCEL_UAPI_PATIENCE: patience }) };
  const child = spawn(process.execPath, [kit, ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), HANGS);
  const [status, signal] = await new Promise<[number | null, string | null]>(resolve =>
    child.on('close', (...how) => resolve(how)),
  );
  clearTimeout(timer);
  assert.is(signal, null, `validate ${command} hangs`);
  assert.not.match(stderr, /^\s+at /m, 'a stack trace');
  const lines = stdout.split('\n');
  assert.is(lines.pop(), '', 'the last line is whole');
  const events = lines.map(line => JSON.parse(line) as StreamEvent);
  const last = events.at(-1);
  if (last === undefined) return { status, stderr, events, end: undefined };
  assert.is(events[0]?.event, 'run');
  assert.is(last.event, 'end');
  const end = last as EndEvent;
  const before = stdout.slice(0, stdout.length - lines.at(-1)!.length - 1);
  assert.is(end.hash, createHash('sha256').update(before).digest('hex'));
  assert.is(end.status, status);
  return { status, stderr, events, end };
}

const violated = ({ events }: Run): string[] =>
  events.flatMap(event =>
    event.event === 'verdict' && event.verdict === 'violates' ? [`${event.clause}@${event.instance}`] : [],
  );

/** Adds a test of a fake that is no executor: the kit says so in a sentence and blames no driver. */
function failure(name: string, words: string[], sentence: RegExp, patience?: string): void {
  test([name, ...words].join(' '), async () => {
    const run = await validateCommand(fake(name, ...words), patience);
    assert.is(run.status, 4);
    assert.equal(violated(run), []);
    if (run.end === undefined) assert.match(run.stderr, /^accel-uapi: [^\n]+\n$/, 'one sentence');
    else assert.is(run.end.complete, false);
    const said = run.end?.reason ?? run.stderr;
    assert.match(said, sentence);
    assert.not.match(said.trim(), /\n/);
  });
}

/** Adds a test of a fake whose answers no driver may give: these clauses at least say so. */
function violation(name: string, words: string[], clauses: string[], more?: (run: Run) => void): void {
  test([name, ...words].join(' '), async () => {
    const run = await validateCommand(fake(name, ...words));
    assert.is(run.stderr, '');
    assert.is(run.status, 1);
    assert.is(run.end?.complete, true);
    const found = violated(run);
    for (const clause of clauses) assert.ok(found.includes(clause), `${clause} is not violated`);
    more?.(run);
  });
}

const VERSION = 'DRM_IOCTL_VERSION';

violation('enotty', [], ['node.access-mode@node'], run => {
  const open = run.events.find(event => event.event === 'finding') as FindingEvent;
  assert.is(`${open.expected}, ${open.observed}`, 'success, ENOTTY');
  const letter = run.events.find(
    event => event.event === 'verdict' && event.clause === 'dispatch.letter',
  ) as VerdictEvent;
  assert.is(letter.verdict, 'not reached', 'nothing can be said of ioctls on a node that does not open');
});
violation(
  'enotty',
  ['ioctl'],
  [`argument.errno@${VERSION}`, 'dispatch.valid-call@DRM_IOCTL_GET_CAP', 'node.exclusive@node'],
);
const everything = [
  'node.major@node',
  'node.unopened-minor@node',
  `dispatch.letter@${VERSION}`,
  `dispatch.null-argument@${VERSION}`,
  'dispatch.number@core',
  `output.memory@${VERSION}.name`,
  'argument.value@DRM_IOCTL_GET_CAP.capability-unknown',
];
violation('success', [], everything);
violation('liar', ['log-flood'], everything, run => {
  const records = run.events.filter(event => event.event === 'log') as LogEvent[];
  assert.is(records.length, 20_000);
});

failure('garbage', [], /expected a frame from .* but got/);
failure('banner', [], /but got "Welcome to the board! .*; make the command silent/);
failure('death', [], /ended before its program ended; its exit status is 3/);
failure('death', ['hello'], /ended; its exit status is 3/);
failure('half-frame', ['close'], /ended within frame 2; 20 of 56 payload bytes came/);
failure('half-frame', ['exit'], /ended within frame 2; 20 of 56 payload bytes came/);

// When this computer is busy the short limit may end the wait for HELLO already.
const HUNG = /sent no HELLO within|said nothing of the end of a program within .*; it hangs/;
failure('half-frame', ['silent'], HUNG, IMPATIENT);
failure('hang', ['hello'], /sent no HELLO within/, IMPATIENT);
failure('hang', ['program'], HUNG, IMPATIENT);
failure('hang', ['stubborn'], HUNG, IMPATIENT);
failure('liar', ['log-endless'], HUNG, IMPATIENT);

failure('liar', ['hello-crc'], /frame 1 .* has checksum/);
failure('liar', ['diff-outside'], /a difference in buffer 0 at/);

test('death within a run: what came before it counts, and the stream says that it is incomplete', async () => {
  const run = await validateCommand(fake('death', '9'));
  assert.is(run.status, 4);
  assert.equal(violated(run), []);
  assert.is(run.end?.complete, false);
  assert.match(run.end!.reason, /ended before its program ended; its exit status is 3/);
  assert.ok(run.end!.counts['not reached'] > 0, 'a case before it had its verdict');
  const alive = run.events.find(
    event => event.event === 'verdict' && event.clause === 'kernel.alive',
  ) as VerdictEvent;
  assert.is(alive.verdict, 'unknown');
});

test('a command that leaves an executor behind, which keeps the streams open', async () => {
  const run = await validateCommand(`sh -c '${fake('hang', 'stubborn')} & sleep 1'`, IMPATIENT);
  assert.is(run.status, 4);
  assert.match(run.stderr, HUNG);
});

test('a patience that is none', async () => {
  const run = await validateCommand(fake('success'), 'much');
  assert.is(run.status, 2);
  assert.match(run.stderr, /^accel-uapi: ACCEL_UAPI_PATIENCE is "much"; expected a factor .*\n$/);
});

test.run();
