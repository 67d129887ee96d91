import { spawn, spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandPath } from './version.ts';

const MAIN = commandPath();
const LIMIT_MS = 120_000;
const FEW = ['--select', 'node', '--runs', '0'];

function cli(args: readonly string[]) {
  return spawnSync(process.execPath, [MAIN, 'validate', ...args], { encoding: 'utf8', timeout: LIMIT_MS });
}

for (const format of ['pretty', 'jsonl']) {
  test(`several targets should be reported as one after the other, in their order: ${format}`, () => {
    const targets = ['reference:vgem', 'reference:ethosu', 'reference:ethosu,mutant=node.gpu-major'];
    const single = targets.map(target => cli([target, ...FEW, '--format', format]));
    const together = cli([...targets, ...FEW, '--format', format]);
    assert.is(together.stdout, single.map(({ stdout }) => stdout).join(''));
    assert.is(together.stderr, '');
    assert.is(together.status, Math.max(...single.map(({ status }) => status ?? 9)));
  });
}

test('a target that cannot be opened should be one sentence behind the reports before it', () => {
  const before = cli(['reference:vgem', ...FEW]);
  const { stdout, stderr, status } = cli(['reference:vgem', 'reference:nothing', 'reference:ethosu', ...FEW]);
  assert.is(stdout, before.stdout);
  assert.match(stderr, /^accel-uapi: .*nothing.*\n$/);
  assert.is(status, 2);
});

test('what is wrong with the options should be one sentence, whatever the targets', () => {
  const two = ['reference:vgem', 'reference:vgem,mutant=drop.vgem.fence_attach.pad-nonzero'];
  for (const wrong of [
    ['--select', 'no.such'],
    ['--shard', '3/2'],
    ['--format', 'ktap'],
  ]) {
    const { stdout, stderr, status } = cli([...two, ...wrong]);
    assert.is(stdout, '');
    assert.match(stderr, /^accel-uapi: --[^\n]*\n$/);
    assert.is(status, 2);
  }
});

test('a reader that goes away should end all of them quietly', () => {
  const { stdout, stderr } = spawnSync(
    'sh',
    [
      '-c',
      `'${process.execPath}' '${MAIN}' validate reference:vgem reference:ethosu --select node --format jsonl | head -n 1`,
    ],
    { encoding: 'utf8', timeout: LIMIT_MS },
  );
  assert.match(stdout, /^\{"event":"run"/);
  assert.is(stderr, '');
});

test('an interrupt should leave whole reports, the last of which says that it is incomplete', async () => {
  // Random programs without an end: only the interrupt ends them.
  const args = ['reference:vgem', 'reference:ethosu', '--select', 'model', '--runs', '1000000'];
  const child = spawn(process.execPath, [MAIN, 'validate', ...args, '--format', 'jsonl']);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    if (stdout === '') child.kill('SIGINT');
    stdout += chunk;
  });
  child.stderr.on('data', chunk => (stderr += chunk));
  const status = await new Promise(resolve => child.on('close', resolve));
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const ends = lines.filter(({ event }) => event === 'end');
  assert.ok(ends.length > 0);
  for (const { complete, reason } of ends) assert.equal([complete, reason], [false, 'interrupted']);
  assert.is(lines.at(-1).event, 'end');
  assert.is(stderr, '');
  assert.is(status, 4);
});

test.run();
