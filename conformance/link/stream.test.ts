import { PassThrough } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { protocol } from '../../schemas/generated/protocol.ts';
import type { Program, StepResult } from '../../schemas/index.ts';
import { type Message, protocolCodec } from '../../schemas/protocol/codec.ts';
import { examples } from '../../schemas/protocol/examples.ts';
import { LinkError } from './link-error.ts';
import { connectStream, type StreamOptions } from './stream.ts';

const codec = protocolCodec(protocol);
const greeting = examples[0]!.message as Extract<Message, { type: 'hello' }>;
const hello = codec.encode({ type: 'hello', hello: { ...greeting.hello, log: true } });
const program: Program = {
  buffers: [],
  slots: 0,
  steps: [1, 2].map(() => ({ op: 'nop', args: [], deadline: 1000 })),
};
const result = (step: number): StepResult => ({
  step,
  status: 'done',
  ret: 0n,
  errno: 0,
  signal: 0,
  before: 1n,
  after: 2n,
  diffs: [],
  hashes: [],
});
const end = (number: number, status: 'complete' | 'cut' = 'complete'): Message => ({
  type: 'end',
  number,
  end: { status, taint: 0n, stack: '' },
});

/** A fake executor: what it sends is written by hand, what it gets is decoded. */
function fake(options: StreamOptions = {}) {
  const output = new PassThrough();
  const input = new PassThrough();
  const got: Message[] = [];
  const reader = codec.reader('the brain');
  input.on('data', chunk => {
    for (const message of reader.push(chunk)) {
      got.push(message);
      if (message.type === 'bye') output.end();
    }
  });
  return {
    got,
    output,
    link: connectStream(output, input, options),
    send: (...messages: Message[]) => {
      for (const message of messages) output.write(codec.encode(message));
    },
  };
}

const sentence = (promise: Promise<unknown>): Promise<LinkError> =>
  promise.then(
    () => assert.unreachable('it succeeded') as never,
    error => {
      assert.instance(error, LinkError);
      return error;
    },
  );
const turn = () => new Promise(resolve => setImmediate(resolve));

test('a program, its events and its trace', async () => {
  const { link, output, send, got } = fake();
  output.write(hello);
  const open = await link;
  assert.is(open.hello.release, '7.3.4');
  const events: unknown[] = [];
  const trace = open.run(program, event => events.push(event));
  const log = { step: 0, level: 4, text: 'words' };
  send({ type: 'log', number: 0, record: log });
  send({ type: 'result', number: 0, result: result(0) });
  await turn();
  assert.equal(events, [log, result(0)], 'events come before the end');
  send({ type: 'result', number: 0, result: result(1) }, end(0));
  assert.equal(await trace, {
    program,
    results: [result(0), result(1)],
    log: [log],
    end: { status: 'complete', taint: 0n, stack: '' },
  });
  await open.close();
  assert.equal(
    got.map(({ type }) => type),
    ['program', 'bye'],
  );
  assert.match((await sentence(open.run(program))).message, /is closed/);
});

test('several programs under way are answered in order', async () => {
  const { link, output, send } = fake();
  output.write(hello);
  const open = await link;
  const both = [open.run(program), open.run(program)];
  for (const number of [0, 1])
    send(...[0, 1].map((step): Message => ({ type: 'result', number, result: result(step) })), end(number));
  assert.equal(
    (await Promise.all(both)).map(({ results }) => results.length),
    [2, 2],
  );
  await open.close();
});

test('a refused program leaves the link open', async () => {
  const { link, output, send } = fake();
  output.write(hello);
  const open = await link;
  const refused = sentence(open.run(program));
  send({ type: 'error', number: 0, text: 'buffer 0 has no bytes' });
  assert.is((await refused).message, 'the executor refused a program: buffer 0 has no bytes');
  const next = open.run({ ...program, steps: [] });
  send(end(1));
  assert.is((await next).end.status, 'complete');
  await open.close();
});

test('a program with a netlink socket or a copy is kept from an executor that does not know of any', async () => {
  const { link, output } = fake();
  output.write(hello);
  const open = await link;
  const zero = { kind: 'const', value: 0n } as const;
  const copy = { op: 'copy', args: [zero, zero, zero], deadline: 1000 } as const;
  assert.match(
    (await sentence(open.run({ ...program, steps: [copy] }))).message,
    /^a program needs the op copy, which .* does not have; take one whose HELLO tells of them$/,
  );
  const socket = { op: 'netlink', args: [{ kind: 'const', value: 16n }], deadline: 1000 } as const;
  assert.match(
    (await sentence(open.run({ ...program, steps: [socket] }))).message,
    /^a program needs netlink sockets, which .* does not have; take one whose HELLO tells of them$/,
  );
  await open.close();
});

test('no HELLO in time, a banner, the end, an error, another frame', async () => {
  const silent = fake({ helloLimit: 5 });
  assert.match((await sentence(silent.link)).message, /sent no HELLO within 0.005 s/);

  const banner = fake();
  banner.output.write('Password: ');
  assert.match((await sentence(banner.link)).message, /but got "Password: "; make the command silent/);

  const gone = fake({ explain: async () => '; its exit status is 3' });
  gone.output.end();
  assert.is((await sentence(gone.link)).message, 'the executor ended; its exit status is 3');

  const refusing = fake();
  refusing.send({ type: 'error', number: 0, text: 'no' });
  assert.is((await sentence(refusing.link)).message, 'the executor refuses to work: no');

  const strange = fake();
  strange.send(end(0));
  assert.match((await sentence(strange.link)).message, /sent end before HELLO/);

  const broken = fake();
  broken.output.destroy(new Error('cable cut'));
  assert.match((await sentence(broken.link)).message, /failed \(cable cut\)/);
});

/** What a run ends with when the executor sends these messages, and then perhaps ends. */
async function misbehaves(messages: Message[], ending?: 'end' | Uint8Array): Promise<LinkError> {
  const { link, output, send } = fake();
  output.write(hello);
  const open = await link;
  const failure = sentence(open.run(program));
  send(...messages);
  if (ending === 'end') output.end();
  else if (ending) output.end(ending);
  const error = await failure;
  assert.match((await sentence(open.run(program))).message, error.message, 'the link stays broken');
  await open.close();
  return error;
}

test('death in the middle keeps what had come', async () => {
  const { message, results } = await misbehaves([{ type: 'result', number: 0, result: result(0) }], 'end');
  assert.is(message, 'the executor ended before its program ended');
  assert.is(results.length, 1);
});

test('half a frame, garbage, steps out of order, a wrong number, a false end, a second HELLO', async () => {
  const half = codec.encode(end(0)).subarray(0, 20);
  assert.match((await misbehaves([], half)).message, /ended within frame 2; 4 of 24 payload bytes came/);
  const noise = await misbehaves([], new Uint8Array([1, 2, 3]));
  assert.match(noise.message, /expected frame 2 from the executor but got "\\x01\\x02\\x03"/);
  const second: Message = { type: 'result', number: 0, result: result(1) };
  assert.match((await misbehaves([second])).message, /the result of step 1 where step 0 was expected/);
  assert.match((await misbehaves([end(7)])).message, /sent end of program 7 while program 0 runs/);
  assert.match((await misbehaves([end(0)])).message, /complete after 0 of its 2 steps/);
  assert.match((await misbehaves([examples[0]!.message])).message, /sent hello unasked/);
});

test('closing while a program runs', async () => {
  const { link, output } = fake();
  output.write(hello);
  const open = await link;
  const running = sentence(open.run(program));
  await open.close();
  await open.close();
  assert.match((await running).message, /was closed while a program ran/);
});

test('a program too large to send fails alone', async () => {
  const { link, output, send } = fake();
  output.write(hello);
  const open = await link;
  const data = new Uint8Array(0x4000000);
  const large: Program = { buffers: [{ size: 1, data, access: 'read', align: 'end' }], slots: 0, steps: [] };
  assert.match((await sentence(open.run(large))).message, /too large/);
  const next = open.run({ ...program, steps: [] });
  send(end(1));
  await next;
  await open.close();
});

test.run();
