/**
 * Programs that know nothing of the kit run beside the reference: with the generated bindings in TypeScript and C, with
 * the kernel's header only, in Python with fcntl and mmap; many clients of which one is killed; what is refused; and the
 * kit itself, whose verdicts must be those of the reference. Needs cc, python3 and the headers of the newest kernel.
 *
 * `--rounds N` is how often each thread of the clients makes a client (default 1000), `--select Q` what of the kit runs
 * (default all but the ten thousand rounds of handle.balance; `--select ''` is all). `--quick` is a minute's worth.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue, cHeaders } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { commandPath, packageRoot } from '../cli/version.ts';
import { committedVersion } from './facts-for.ts';
import { fetchHeaders } from './fetch-headers.ts';
import { compareServed } from './served-verdicts.ts';
import { type Course, watchMemory } from './watch-memory.ts';

const PATIENCE_MS = 1_200_000;
/** MiB: what is in the air at one moment and not at another. */
const FLAT = 2;
const isFlat = ({ before, after }: Course) => before > 0 && after <= before + FLAT;
const root = packageRoot();
const programs = join(root, 'conformance/supervisor/testing');
const examples = join(root, 'conformance/bindings/examples');
const cli = commandPath();

const { values } = scriptArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    select: { type: 'string' },
  },
});
const rounds = values.rounds ?? (values.quick ? '30' : '1000');
const select = values.select ?? (values.quick ? 'node,file,files,job,interrupted' : '!handle.balance');

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function call(command: string, words: readonly string[], environment: Record<string, string> = {}): Ended {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { ...process.env, ...environment },
  });
  return { status, out: stdout ?? '', err: error ? error.message : stderr };
}

const run = (driver: string, ...command: string[]) =>
  call(process.execPath, [cli, 'run', driver, '--', ...command]);

let passed = 0;
let failed = 0;
function tell(what: string, good: boolean, seen: string): void {
  if (good) passed += 1;
  else failed += 1;
  process.stdout.write(`${good ? 'ok' : 'not ok'} ${what}${good ? '' : `: ${seen}`}\n`);
}

function expect(what: string, ended: Ended, status: number, text: RegExp): void {
  const seen = `status ${ended.status}, expected ${status} and ${text}: ${ended.out}${ended.err}`;
  tell(what, ended.status === status && text.test(ended.out + ended.err), seen);
}

const rateOf = ({ out }: Ended): number => Number(/(\d+) calls a second/.exec(out)?.[1] ?? Number.NaN);

/** The lines of both examples; the last is the refusal in its typed form. */
const EXAMPLE =
  /^NPU 0x[0-9a-f]{8}\nbuffers of 4096 bytes\njob done, the result is there\nimported, the memory is the same\nrefused: DRM_IOCTL_ETHOSU_BO_CREATE: .*size-zero \(size is 0\)/;

const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-test-run-'));
try {
  const headers = await fetchHeaders(committedVersion());
  const build = (name: string, source: string, flags: readonly string[]): string => {
    const path = join(folder, name);
    const made = call(process.env.CC || 'cc', [
      ...['-O1', '-Wall', '-Werror', '-pthread', ...flags],
      ...['-o', path, source],
    ]);
    if (made.status !== 0) throw new Error(`${source} does not compile: ${made.err}`);
    return path;
  };
  const plain = (name: string) => build(name, join(programs, `${name}.c`), ['-isystem', headers.include]);
  const [job, clients, waits, files] = [plain('job'), plain('clients'), plain('waits'), plain('files')];
  for (const [name, text] of cHeaders(catalogue(), [catalogue().drivers.get('ethosu')!]))
    writeFileSync(join(folder, name), text);
  const example = build('example', join(examples, 'ethosu.c'), ['-std=c11', '-I', folder]);

  expect('the example in C, with the generated header', run('ethosu', example), 0, EXAMPLE);
  expect(
    'the example in TypeScript, with the generated module',
    run('ethosu', process.execPath, join(root, 'dist/conformance/bindings/examples/ethosu.js')),
    0,
    EXAMPLE,
  );
  expect("a job in C, with the kernel's header only", run('ethosu', job), 7, /job done/);
  expect(
    'a job in Python, with fcntl and mmap only',
    run('ethosu', 'python3', join(programs, 'plain.py')),
    0,
    /refused: OSError 22/,
  );
  expect(
    'files, polls beside others, and what is refused',
    run('ethosu', files),
    0,
    /files done[\s\S]*epoll of a served descriptor is not served/,
  );
  expect('a wait ends by a signal, and by kill -9', run('accelref', waits), 0, /waits done/);
  expect('a killed command', run('ethosu', 'sh', '-c', 'kill -9 $$'), 137, /^$/);
  expect('no such command', run('ethosu', '/nonexistent'), 127, /cannot be run/);
  expect('a driver that is misspelt', run('etosu', 'true'), 2, /did you mean ethosu/);
  expect('the driver as it was found runs the job too', run('ethosu,as=linux-7.3', job), 7, /job done/);
  expect(
    'a mutant answers as the mutant',
    run('ethosu,mutant=node.gpu-major', 'cat', '/sys/class/accel/accel0/dev'),
    0,
    /^226:0\n$/,
  );
  expect(
    'a mutant of a check: the buffer without bytes is made',
    run('ethosu,mutant=drop.ethosu.bo_create.size-zero', example),
    0,
    /a buffer without bytes was made\n$/,
  );

  const served = [cli, 'run', 'ethosu', '--', clients, '8', '4', rounds];
  const many = await watchMemory(served);
  expect(
    `8 processes of 4 threads, one killed, ${rounds} rounds: the first numbers again`,
    many,
    0,
    /handle 1 offset 0x100000000\n/,
  );
  // In a few rounds it only grows to what the rest needs.
  if (!values.quick) {
    const said = ({ before, after }: Course) => `${before.toFixed(1)} MiB, then ${after.toFixed(1)}`;
    const memory = `the model holds ${said(many.heap)}; the supervisor ${said(many.child)}`;
    tell(`memory stays: ${memory}`, isFlat(many.heap) && isFlat(many.child), memory);
  }
  const rate = (...words: string[]) => rateOf(run('ethosu', clients, ...words));
  const alone = call(clients, ['1', '1', '20000'], { NODE: '/dev/null' });
  process.stdout.write(
    `${rate('8', '4', '30')} calls a second with many clients, ${rate('1', '1', '500')} with one; ${rateOf(alone)} on /dev/null without supervision\n`,
  );

  const words = ['--seed', '1', ...(select === '' ? [] : ['--select', select])];
  const compared = await compareServed('ethosu', words);
  process.stdout.write(`reference:ethosu: ${compared.reference}\nserved: ${compared.served}\n`);
  for (const [why, count] of compared.explained) process.stdout.write(`${count} verdicts differ: ${why}\n`);
  tell(
    `the kit, served, gives the verdicts of the reference: ${compared.instances} instances`,
    compared.instances > 0 && compared.unexplained.length === 0,
    compared.unexplained.join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
