/**
 * `npm run test:record`: programs that know nothing of the kit are recorded beside the reference and replayed: the examples
 * of the bindings in C and TypeScript, one in Python, many threads and processes, one that is killed half-way, one whose
 * recorder is killed too; and on stock kernels in virtual machines. Needs cc, python3, the headers of the newest kernel and
 * what record-in-guest.ts names. `--quick` has fewer processes and no machines.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue, cHeaders } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { commandPath, packageRoot } from '../cli/version.ts';
import { buildRecorder } from '../link/index.ts';
import { readEvents } from '../record/events.ts';
import { recorderTable } from '../record/table.ts';
import { committedVersion } from './facts-for.ts';
import { fetchHeaders } from './fetch-headers.ts';
import { recordInGuests } from './record-in-guest.ts';
import { check, closeTally } from './tally.ts';

const PATIENCE_MS = 300_000;
const { values } = scriptArgs({ options: { quick: { type: 'boolean', default: false } } });
const root = packageRoot();
const cli = commandPath();
const examples = join(root, 'conformance/bindings/examples');
const programs = join(root, 'conformance/supervisor/testing');
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-test-record-'));

function call(command: string, words: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    maxBuffer: 1 << 26,
  });
  return { status, out: stdout ?? '', err: error ? error.message : (stderr ?? '') };
}

const kit = (...words: string[]) => call(process.execPath, [cli, ...words]);
const record = (trace: string, options: readonly string[], ...command: string[]) =>
  kit('record', '--on', 'ethosu', '--out', trace, ...options, '--', ...command);

function build(name: string, source: string, flags: readonly string[]): string {
  const path = join(folder, name);
  const made = call(process.env.CC || 'cc', ['-O1', '-pthread', ...flags, '-o', path, source]);
  if (made.status !== 0) throw new Error(`${source} does not compile: ${made.err}`);
  return path;
}

/** Maps a buffer of a mebibyte, writes what no two pages have the same, and makes one more call. */
const WRITER = `
import os, struct, fcntl, mmap
fd = os.open("/dev/accel/accel0", os.O_RDWR)
made = bytearray(struct.pack("<QII", 1 << 20, 0, 0))
fcntl.ioctl(fd, 0xc0106441, made)
where = bytearray(struct.pack("<IIQ", struct.unpack_from("<I", made, 12)[0], 0, 0))
fcntl.ioctl(fd, 0xc0106443, where)
memory = mmap.mmap(fd, 1 << 20, offset=struct.unpack_from("<Q", where, 8)[0])
memory[:] = b"".join(((at * 2654435761 + 12345) % (1 << 32) | 0x01010101).to_bytes(4, "little") for at in range(1 << 18))
fcntl.ioctl(fd, 0xc0106441, made)
print("written")
`;

interface Wanted {
  readonly status?: number;
  readonly said: RegExp;
  readonly verdict?: RegExp;
}

/** Records a command and replays it on the reference. */
function replays(name: string, command: readonly string[], { status = 0, said, verdict = /^SAME/ }: Wanted) {
  const trace = join(folder, `${name}.json`);
  const ran = record(trace, [], ...command);
  const good = ran.status === status && said.test(ran.out);
  check(
    `${name} does under record what it does`,
    good,
    good ? said.source : `${ran.status}: ${ran.out}${ran.err}`,
  );
  const again = kit('replay', trace, 'reference:ethosu');
  check(`${name} replays`, verdict.test(again.out), again.out.trim() || again.err);
  return trace;
}

try {
  const headers = await fetchHeaders(committedVersion());
  for (const [name, text] of cHeaders(catalogue(), [catalogue().drivers.get('ethosu')!]))
    writeFileSync(join(folder, name), text);
  const example = build('example', join(examples, 'ethosu.c'), ['-std=c11', '-I', folder]);
  const clients = build('clients', join(programs, 'clients.c'), ['-isystem', headers.include]);

  const inC = replays('the example in C', [example], { said: /the result is there/ });
  const script = join(root, 'dist/conformance/bindings/examples/ethosu.js');
  replays('the example in TypeScript', [process.execPath, script], { said: /the result is there/ });
  const inPython = replays('a job in Python', ['python3', join(programs, 'plain.py')], {
    said: /refused: OSError 22/,
  });
  const rounds = values.quick ? '2' : '10';
  const many = replays('clients of several threads and processes', [clients, '3', '2', rounds], {
    said: /calls a second/,
  });
  const labels: string[] = JSON.parse(readFileSync(many, 'utf8')).program.steps.map(
    ({ label }: { label: string }) => label,
  );
  const who = new Set(labels.flatMap(label => / (\d+\/\d+)$/.exec(label)?.[1] ?? []));
  check('threads of several processes stand in the trace', who.size >= 5, `${who.size} threads`);

  const mutant = kit('replay', inC, 'reference:ethosu,mutant=drop.ethosu.bo_create.size-zero');
  const told = /^DIFFERENT[\s\S]*BO_CREATE.*recorded errno 22, now success/.test(mutant.out);
  check('a mutant ends in another way', told && mutant.status === 1, mutant.out.trim());

  const small = join(folder, 'small.json');
  kit('replay', inC, 'reference:ethosu,mutant=drop.ethosu.bo_create.size-zero', '--shrink', small);
  const shrunk = existsSync(small) ? JSON.parse(readFileSync(small, 'utf8')).program.steps.length : 0;
  const right = kit('replay', small, 'reference:ethosu');
  const wrongly = kit('replay', small, 'reference:ethosu,mutant=drop.ethosu.bo_create.size-zero');
  check(
    'what differs is made small, and is the same where nothing differs',
    shrunk > 0 && shrunk <= 3 && /^SAME/.test(right.out) && /^DIFFERENT/.test(wrongly.out),
    `${shrunk} steps; ${right.out.trim() || right.err}`,
  );

  const seeds = join(folder, 'seeds');
  mkdirSync(seeds);
  for (const [at, path] of [inC, inPython].entries()) cpSync(path, join(seeds, `${at}.json`));
  const seeded = (target: string) =>
    kit('validate', target, '--recorded', seeds, '--runs', '0', '--select', 'model');
  const good = seeded('reference:ethosu');
  const reached = Number(/conforms (\d+) \/ violates 0 /.exec(good.out)?.[1] ?? 0);
  check(
    'recordings are seeds of validate, and nothing is held against the strict reference',
    good.status === 0 && reached >= 5,
    `${reached} calls reached; ${good.out.trim().split('\n').at(-4)?.trim()} ${good.err.trim()}`,
  );
  const faulty = seeded('reference:ethosu,mutant=drop.ethosu.bo_create.flags-unknown');
  check(
    'a fault that is near what a program did is found',
    faulty.status === 1 && /model\.outcome @ DRM_IOCTL_ETHOSU_BO_CREATE/.test(faulty.out),
    `status ${faulty.status}`,
  );

  const writer = join(folder, 'writer.py');
  writeFileSync(writer, WRITER);
  const big = replays('a program that writes a mebibyte into its buffer', ['python3', writer], {
    said: /^written$/m,
  });
  const written = existsSync(big) ? JSON.parse(readFileSync(big, 'utf8')).program.steps.length : 0;
  check('a mebibyte that does not repeat is few steps', written > 0 && written < 20, `${written} steps`);

  const secret = join(folder, 'secret.json');
  const stream = '30010000310101003040';
  record(secret, ['--mask', 'drm_ethosu_cmdstream_bo_create.data', 'memory'], example);
  const plain = readFileSync(inC, 'utf8').includes(stream);
  const hidden = existsSync(secret) && !readFileSync(secret, 'utf8').includes(stream);
  check('a masked command stream stands nowhere in the trace', plain && hidden, `${plain} ${hidden}`);
  const wrong = record(secret, ['--mask', 'drm_ethosu_job.nothing'], example);
  check('a mask that hides nothing is refused', wrong.status === 2, wrong.err.trim());

  const half =
    'import os,struct,fcntl,signal\nfd=os.open("/dev/accel/accel0",os.O_RDWR)\n' +
    'fcntl.ioctl(fd,0xc0106441,bytearray(struct.pack("<QII",4096,0,0)))\nos.kill(os.getpid(),signal.SIGKILL)\n';
  const killed = replays('a program that is killed half-way', ['python3', '-c', half], {
    status: 137,
    said: /^$/,
  });
  const steps = JSON.parse(readFileSync(killed, 'utf8')).program.steps.length;
  check('a program that is killed leaves its calls', steps >= 2, `${steps} steps`);

  // The recorder is killed with its program: what it wrote is read up to the last whole line.
  const events = join(folder, 'left.events');
  const table = join(folder, 'table');
  writeFileSync(table, recorderTable(catalogue().drivers.get('ethosu')!, 'x86_64').text);
  const wait = `${half.split('os.kill')[0]}import time\ntime.sleep(60)\n`;
  const child = spawn(
    process.execPath,
    [cli, 'run', 'ethosu', '--', await buildRecorder(), events, table, 'python3', '-c', wait],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  let pid = 0;
  for (let turn = 0; turn < 200 && pid === 0; turn += 1) {
    await sleep(100);
    if (!existsSync(events)) continue;
    const text = readFileSync(events, 'utf8');
    // The file is there before its first line.
    if (!text.includes('\n')) continue;
    const seen = readEvents(events, text).events;
    const made = seen.find(({ e }) => e === 'ioctl');
    if (made) pid = made.pid;
  }
  if (pid > 0) {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
    process.kill(Number(parent), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
  } else child.kill();
  await ended;
  const left = join(folder, 'left.json');
  const converted = kit('record', '--driver', 'ethosu', '--events', events, '--out', left);
  const again = kit('replay', left, 'reference:ethosu');
  const readable =
    converted.status === 0 && /^SAME/.test(again.out) && /is not in the trace/.test(converted.err);
  check('a recorder that is killed leaves a trace', readable, `${converted.err.trim()}; ${again.out.trim()}`);
  if (!values.quick) await recordInGuests(folder, kit);
} catch (error) {
  check('recording', false, (error as Error).stack ?? String(error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
closeTally();
