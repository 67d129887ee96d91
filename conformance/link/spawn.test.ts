import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { protocol } from '../../schemas/generated/protocol.ts';
import { protocolCodec } from '../../schemas/protocol/codec.ts';
import { examples } from '../../schemas/protocol/examples.ts';
import { buildExecutor } from './build.ts';
import { LinkError } from './link-error.ts';
import { spawnExecutor } from './spawn.ts';

const hello = Buffer.from(protocolCodec(protocol).encode(examples[0]!.message)).toString('base64');
const greet = `process.stdout.write(Buffer.from('${hello}', 'base64'));`;
const node = (script: string) => [process.execPath, '-e', script];
const nothing = { buffers: [], slots: 0, steps: [] };

const sentence = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => assert.unreachable('it succeeded') as never,
    error => {
      assert.instance(error, LinkError);
      return error.message;
    },
  );

test('a command that is none, or cannot be run', async () => {
  assert.match(await sentence(spawnExecutor([])), /no command was given/);
  const missing = await sentence(spawnExecutor(['/nowhere/executor']));
  assert.is(
    missing,
    '/nowhere/executor cannot be started: there is no such program; give a command that starts an executor',
  );
  assert.match(await sentence(spawnExecutor(['/'])), /it may not be executed/);
});

test('the last words of a command that fails', async () => {
  const words = await sentence(spawnExecutor(node('console.error("no route to host"); process.exit(255)')));
  assert.match(words, /ended; its exit status is 255; it said: no route to host$/);
  const killed = await sentence(spawnExecutor(node('process.kill(process.pid, "SIGKILL")')));
  assert.match(killed, /ended; it was ended by SIGKILL$/);
});

test('words on several lines, with colours', async () => {
  const words = await sentence(
    spawnExecutor(node('process.stderr.write("one\\r\\n\\n  \\x1b[31mtwo\\n"); process.exit(1)')),
  );
  assert.match(words, /it said: one \| \\x1b\[31mtwo$/);
});

test('only the end of many words is kept', async () => {
  const words = await sentence(spawnExecutor(node('process.stderr.write("x".repeat(9000) + "end")')));
  assert.ok(words.endsWith('xend'));
  assert.ok(words.length < 2500);
});

test('death after HELLO is the failure of the program', async () => {
  const link = await spawnExecutor(
    node(`${greet} process.stdin.once('data', () => { console.error('oh'); process.exit(3); })`),
  );
  assert.match(
    await sentence(link.run(nothing)),
    /ended before its program ended; its exit status is 3; it said: oh/,
  );
  await link.close();
});

test('a command that is there, idle, and ends with BYE', async () => {
  const link = await spawnExecutor(node(`${greet} process.stdin.resume()`));
  assert.is(link.hello.abi, 'x86_64');
  await link.close();
});

test('no compiler', async () => {
  assert.match(
    await sentence(buildExecutor('/nowhere/cc')),
    /\/nowhere\/cc does not run \(ENOENT\); install a C compiler/,
  );
});

test.run();
