/** The command line as a user meets it: a child process, its two outputs and its exit status. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../schemas/index.ts';
import type { VerdictEvent } from '../run/events.ts';
import { commandPath, packageRoot } from './version.ts';

const MAIN = commandPath();
const SERVED = join(packageRoot(), 'dist/conformance/cli/testing/served-reference.js');
/** The environment without what the test runner says about colours: Node warns when both are set. */
const { FORCE_COLOR: _force, NO_COLOR: _no, ...PLAIN } = process.env;
/** Nothing here takes seconds; a minute is a hang. */
const LIMIT_MS = 60_000;

function cli(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...PLAIN, ...env },
    maxBuffer: 1 << 26,
  });
}

const served = (...answers: string[]) => `exec:${process.execPath} ${SERVED} ${answers.join(' ')}`.trim();

/** One sentence on standard error, nothing on standard output, no trace. */
function refused(
  args: readonly string[],
  status: number,
  sentence: RegExp,
  env: NodeJS.ProcessEnv = {},
): void {
  const run = cli(args, env);
  assert.is(run.status, status, `${args.join(' ')}: ${run.stderr}`);
  assert.match(run.stderr, sentence);
  assert.not.match(run.stderr, /\n\s+at |node:internal/);
  assert.is(run.stdout, '', `${args.join(' ')} wrote ${run.stdout}`);
}

/** Families that are planned in no time, with what they show: findings, known ones too, and random programs. */
const FEW = ['--select', 'node,dispatch,reserved,handle.closed,model', '--runs', '5'];

/** What the protocol carries: calls, memory, descriptors, jobs and their moods, and what cannot be asked through it. */
const BOTH = ['--select', 'node,dispatch,reserved,handle,output,argument,mapping,job,files,kernel,model'];

test('wrong usage should end with 2 and one sentence that names the nearest right word', () => {
  refused(['validate', 'referense:ethosu'], 2, /"referense:ethosu" is no target; expected reference:DRIVER/);
  refused(['validate', 'reference:ethoso'], 2, /ethoso \(did you mean ethosu\?\)/);
  refused(['validate', 'reference:ethosu,as=7'], 2, /as=7 is no kernel release; expected as=linux-7\.3/);
  refused(['validate', 'reference:ethosu,mutant=none'], 2, /there is no mutant none/);
  refused(['validate', 'reference:ethosu,profil=u65'], 2, /"profil=u65", expected as=VALUE/);
  refused(['validate', '/dev/null'], 2, /\/dev\/null is no accelerator's node/);
  refused(['validate', 'exec:'], 2, /exec: has no command/);
  refused(['validate', 'qemu:ethos'], 2, /ethosu/);
  refused(['validate', 'reference:ethosu', '--sed', '1'], 2, /unknown option '--sed'[\s\S]*--seed/);
  refused(['validate', 'reference:ethosu', '--seed', 'x'], 2, /--seed x is no whole number/);
  refused(['validate', 'reference:ethosu', '--budget', 'soon'], 2, /--budget soon is no duration/);
  refused(['validate', 'reference:ethosu', '--shard', '3/2'], 2, /--shard 3\/2 is no part/);
  refused(['validate', 'reference:ethosu', '--tier', 'all'], 2, /Allowed choices are observe, reversible/);
  refused(
    ['validate', 'reference:ethosu', '--select', 'handel.zero'],
    2,
    /--select handel\.zero matches no clause instance/,
  );
  refused(
    ['validate', 'reference:ethosu', '--profile', '/nowhere'],
    2,
    /--profile \/nowhere cannot be read: ENOENT/,
  );
  refused(
    ['validate', 'reference:ethosu', '--out', '/nowhere/x'],
    2,
    /--out \/nowhere\/x cannot be written: ENOENT/,
  );
  refused(
    ['validate', 'reference:ethosu', '--kernel', 'x'],
    2,
    /--kernel and --module go with a target qemu:NAME/,
  );
  refused(['explain', 'handle.zerro'], 2, /handle\.zerro \(did you mean handle\.zero\?\)/);
  refused(['describe', 'ethosu.bo_creat'], 2, /bo_creat \(did you mean bo_create\?\)/);
  refused(['list', 'clauses', '--select', 'nothing'], 2, /--select nothing matches no clause/);
  refused(['list', 'traceability', '--select', 'nothing'], 2, /--select nothing matches no clause/);
  refused(['list', 'traceability', '--driver', 'ethosu'], 2, /--driver goes with list cells/);
  refused(['validte'], 2, /unknown command 'validte'/);
});

test('a target that cannot be tested should end with 4 and say what to do', () => {
  refused(['validate', 'exec:/nowhere/executor'], 4, /there is no such program/);
  refused(
    ['validate', served('listdir=ENOENT', 'open=ENOENT')],
    4,
    /has no accel device[\s\S]*load the driver's module/,
  );
  refused(['validate', served('open=ENOENT')], 4, /there is no \/dev\/accel\/accel0/);
  refused(['validate', served('open=EACCES')], 4, /may not be opened by user 0; run as root/);
  refused(['validate', served('open=ENODEV')], 4, /belongs to no device \(ENODEV\)/);
  refused(['validate', served('holders=2')], 4, /is held open by 2 other processes; stop them first/);
  refused(['validate', '/dev/accel/accel0'], 4, /CC|compil|there is no \/dev\/accel\/accel0/, {
    CC: '/nowhere/cc',
  });
  refused(['validate', 'qemu:ethosu'], 4, /qemu-system-arm/, { PATH: '/nowhere' });
});

test('help should end with 0 and show an example', () => {
  for (const args of [
    ['--help'],
    ['validate', '--help'],
    ['list', '--help'],
    ['doctor', '--help'],
    ['replay', '--help'],
    ['explain', '--help'],
    ['describe', '--help'],
    ['extract', '--help'],
  ]) {
    const { status, stdout } = cli(args);
    assert.is(status, 0);
    assert.match(stdout, /Example:\n {2}\$ accel-uapi/);
  }
});

test('the reference should conform directly and behind the protocol, with the same verdicts', () => {
  const verdicts = (target: string): VerdictEvent[] => {
    const { status, stdout } = cli(['validate', target, '--format', 'jsonl', '--runs', '5', ...BOTH]);
    assert.is(status, 0);
    return stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
      .filter(event => event.event === 'verdict');
  };
  const named = ({ clause, instance, verdict }: VerdictEvent) => `${clause}@${instance}: ${verdict}`;
  const direct = verdicts('reference:ethosu');
  assert.ok(direct.length > 100);
  const behind = verdicts(served());
  // Nobody can ask a program behind the protocol to end its jobs badly.
  const moody = behind.filter(({ reason }) => /makes the device end its jobs so/.test(reason));
  assert.ok(moody.some(({ clause }) => clause.startsWith('job.')));
  assert.ok(moody.length < behind.length / 4, `${moody.length} of ${behind.length}`);
  // How often memory is read only the reference itself can watch.
  const unwatched = behind.filter(({ clause }) => clause === 'argument.fetch');
  assert.equal(unwatched.map(named), ['argument.fetch@every call: not reached']);
  assert.match(unwatched[0]!.reason, /^not observable:/);
  const same = (event: VerdictEvent) =>
    event.clause !== 'argument.fetch' &&
    !moody.some(({ clause, instance }) => clause === event.clause && instance === event.instance);
  assert.equal(behind.filter(same).map(named), direct.filter(same).map(named));
});

test('README should show what the command prints', () => {
  const { stdout } = cli(['validate', 'reference:ethosu']);
  const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
  assert.ok(readme.includes(`\`\`\`\n${stdout.trim()}\n\`\`\``), `README has another report than\n${stdout}`);
});

test('the stream should hold to its schema, and its end should hold the hash of the lines before it', () => {
  const { stdout } = cli(['validate', 'reference:ethosu,as=linux-7.3', '--format', 'jsonl', ...FEW]);
  const lines = stdout.trimEnd().split('\n');
  const seen = new Set<string>();
  for (const line of lines) {
    const event = JSON.parse(line) as { event: string };
    validate('stream', `line ${lines.indexOf(line) + 1}`, event);
    seen.add(event.event);
  }
  assert.equal([...seen].sort(), ['end', 'finding', 'run', 'step', 'verdict']);
  const before = `${lines.slice(0, -1).join('\n')}\n`;
  assert.is(JSON.parse(lines.at(-1)!).hash, createHash('sha256').update(before).digest('hex'));
});

test('the same seed should give the same stream, and another seed another', () => {
  const stream = (seed: string) =>
    cli(['validate', 'reference:ethosu', '--format', 'jsonl', '--seed', seed, ...FEW]).stdout;
  const first = stream('7');
  assert.is(stream('7'), first);
  assert.is.not(stream('8'), first);
});

test('a violation that is not known should end with 1 and be replayed by the line it prints', () => {
  const { status, stdout } = cli([
    'validate',
    'reference:ethosu,mutant=drop.ethosu.bo_create.flags-unknown',
    ...FEW,
  ]);
  assert.is(status, 1);
  const line = /^\s+(accel-uapi validate .*)$/m.exec(stdout)![1]!;
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(match => match[1] ?? match[2]!).slice(1);
  const again = cli(args);
  assert.is(again.status, 1);
  assert.match(again.stdout, /VIOLATES reserved\.flags @ DRM_IOCTL_ETHOSU_BO_CREATE\.flags \(MUST\)/);
});

test('a report on 80 columns should have no longer line but a replay, and no colour when it goes to a file', () => {
  const { stdout } = cli(['validate', 'reference:ethosu,as=linux-7.3', ...FEW], { FORCE_COLOR: '1' });
  for (const line of stdout.split('\n'))
    assert.ok(line.length <= 80 || line.includes('accel-uapi validate'), line);
  assert.not.ok(stdout.includes(String.fromCharCode(27)), 'an escape sequence');
});

test('--out should write the report to the file, and a profile should be taken', () => {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
  try {
    const out = join(folder, 'report.jsonl');
    const profile = join(folder, 'profile.yaml');
    writeFileSync(profile, 'npu.pmu_counters: 5\n');
    const run = cli([
      'validate',
      'reference:ethosu',
      '--select',
      'output',
      '--format',
      'jsonl',
      '--out',
      out,
      '--profile',
      profile,
      '--runs',
      '0',
    ]);
    assert.is(run.stdout, '');
    assert.is(run.status, 1, 'the profile says 5 counters, the device 4');
    assert.match(readFileSync(out, 'utf8'), /"event":"end"/);
    writeFileSync(profile, '[1, 2]\n');
    refused(
      ['validate', 'reference:ethosu', '--profile', profile],
      2,
      /profile\.yaml:1:1: the file must be object/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a reader that goes away should end the run quietly', () => {
  const { stdout, stderr, status } = spawnSync(
    'sh',
    [
      '-c',
      `'${process.execPath}' '${MAIN}' validate reference:ethosu --select node --format jsonl | head -n 1`,
    ],
    { encoding: 'utf8', timeout: LIMIT_MS, env: PLAIN },
  );
  assert.is(status, 0);
  assert.match(stdout, /^\{"event":"run"/);
  assert.is(stderr, '');
});

test('an interrupt should leave a readable report that says it is incomplete, and nothing running', async () => {
  const child = spawn(process.execPath, [MAIN, 'validate', served('pause=1'), '--format', 'jsonl', ...FEW], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    // The run has begun: now it is interrupted.
    if (!stdout.includes('"verdict"') && String(chunk).includes('"verdict"')) child.kill('SIGINT');
    stdout += chunk;
  });
  child.stderr.on('data', chunk => (stderr += chunk));
  const status = await new Promise(resolve => child.on('close', resolve));
  const end = JSON.parse(stdout.trim().split('\n').at(-1)!);
  assert.is(end.event, 'end');
  assert.is(end.complete, false);
  assert.is(end.reason, 'interrupted');
  assert.is(status, 4);
  assert.not.match(stderr, /\n\s+at /);
});

test('describe should give its JSON shape with the numbers of five ABIs', () => {
  const described = JSON.parse(cli(['describe', 'ethosu', '--format', 'json']).stdout);
  validate('describe', 'describe ethosu', described);
  const create = described.ioctls.find(
    (ioctl: { name: string }) => ioctl.name === 'DRM_IOCTL_ETHOSU_BO_CREATE',
  );
  assert.equal(Object.keys(create.abi), ['x86_64', 'i386', 'aarch64', 'armhf', 'riscv64']);
  assert.is(create.abi.aarch64.number, '0xc0106441');
  assert.match(
    cli(['describe', 'ethosu.bo_wait']).stdout,
    /may be refused|refused with EINVAL when pad is not 0/,
  );
});

test.run();
