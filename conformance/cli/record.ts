/** `accel-uapi record -- APP`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { constants, release, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type AbiName, catalogue, type DriverDescription, type TraceFile } from '../../schemas/index.ts';
import { buildRecorder } from '../link/index.ts';
import { cut } from '../record/cut.ts';
import { type Recording, readEvents } from '../record/events.ts';
import { part } from '../record/part.ts';
import { programOf } from '../record/program.ts';
import { recorderTable } from '../record/table.ts';
import { identify } from '../run/identity.ts';
import { UsageError } from '../run/usage-error.ts';
import { serve } from '../supervisor/serve.ts';
import { openTarget } from '../targets/open.ts';
import { driverNamed } from '../targets/reference.ts';
import { loadTrace, traceTarget, writeProgram } from '../trace/trace-file.ts';
import { servedReference } from './run.ts';
import { version } from './version.ts';

export interface RecordFlags {
  readonly out: string;
  readonly on?: string;
  readonly driver?: string;
  readonly mask?: readonly string[];
  readonly events?: string;
  readonly trace?: string;
  readonly first: string;
  readonly last?: string;
}

export const RECORDED = 'record';

const ABI_OF: Readonly<Record<string, AbiName>> = { x64: 'x86_64', arm64: 'aarch64', riscv64: 'riscv64' };

/** The kernel drivers behind the nodes of this machine. */
function driversHere(): string[] {
  const found = new Set<string>();
  for (const [folder, name] of [
    ['/sys/class/accel', /^accel\d+$/],
    ['/sys/class/drm', /^renderD\d+$/],
  ] as const) {
    let nodes: string[] = [];
    try {
      nodes = readdirSync(folder).filter(each => name.test(each));
    } catch {
      // No such class here.
    }
    for (const node of nodes) {
      try {
        found.add(basename(readlinkSync(join(folder, node, 'device/driver'))));
      } catch {
        found.add('?');
      }
    }
  }
  return [...found];
}

function driverFor({ on, driver }: RecordFlags): DriverDescription {
  const named = driver ?? on?.split(',')[0];
  if (named !== undefined) return driverNamed(named);
  const here = driversHere();
  const known = [...catalogue().drivers.values()].filter(({ name, manifest }) =>
    here.some(each => each === manifest.driver || each === name),
  );
  if (known.length === 1) return known[0]!;
  throw new UsageError(
    `${
      here.length === 0
        ? 'this machine has no accel or render node'
        : `the nodes of this machine belong to ${here.join(', ')}, of which the collection describes ${known.length}`
    }; name the driver with --driver, or a reference with --on`,
  );
}

/** Where the recording was made, as a trace names it. */
async function targetOf(
  flags: RecordFlags,
  driver: DriverDescription,
  abi: AbiName,
  node: string,
): Promise<TraceFile['target']> {
  const minor = Number(/\d+$/.exec(node)?.[0] ?? 0);
  if (flags.on === undefined)
    return { name: node, release: release(), driver: driver.name, abi, node, minor, params: {} };
  const name = `reference:${flags.on}`;
  const target = await openTarget(name);
  try {
    const identity = await identify(target.link, target.nodePath ? { nodePath: target.nodePath } : {});
    return traceTarget(name, target.link.hello, identity);
  } finally {
    await target.close();
  }
}

function numberOf(option: string, text: string): number {
  if (!/^\d+$/.test(text))
    throw new UsageError(`${option} ${text} is no number of a call; expected 0 or more`);
  return Number(text);
}

const lastOf = ({ last }: RecordFlags) =>
  last === undefined ? Number.POSITIVE_INFINITY : numberOf('--last', last);

/** A part of a recording that is there. */
function cutTrace(path: string, flags: RecordFlags, write: (text: string) => void): number {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `--trace ${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that record wrote`,
    );
  }
  const file = loadTrace(path, content);
  if (!file.recorded) throw new UsageError(`--trace ${path} is no recording; name a file that record wrote`);
  if (flags.mask !== undefined)
    throw new UsageError('--mask goes with a command or --events: what is in a trace has no names any more');
  const part = cut(path, file, numberOf('--first', flags.first), lastOf(flags));
  try {
    writeFileSync(flags.out, `${JSON.stringify(part)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(
      `--out ${flags.out} cannot be written (${(error as NodeJS.ErrnoException).code}); name a file in a folder that can`,
    );
  }
  write(`${part.program.steps.length} of ${file.program.steps.length} steps: ${flags.out}\n`);
  return 0;
}

async function convert(
  recording: Recording,
  driver: DriverDescription,
  flags: RecordFlags,
  command: readonly string[],
): Promise<TraceFile | undefined> {
  const [start] = recording.events;
  const abi = (start?.e === 'start' ? start.abi : 'x86_64') as AbiName;
  const { events, whole } = part(recording, numberOf('--first', flags.first), lastOf(flags));
  const made = programOf(events, recorderTable(driver, abi), flags.mask ?? []);
  const opened = events.find(event => event.e === 'open');
  if (made.program.steps.length === 0 || opened?.e !== 'open') return undefined;
  return {
    trace: 1,
    kit: version,
    target: await targetOf(flags, driver, abi, opened.path),
    finding: {
      clause: RECORDED,
      instance: basename(command[0] ?? RECORDED),
      case: RECORDED,
      step: 0,
      kind: 'recorded',
      expected: 'the recorded results',
      observed: 'the recorded results',
    },
    recorded: {
      command: [...command],
      whole,
      masked: made.masked,
      left: [...made.left],
      results: made.results.map(result => result && { ...result, after: [...result.after] }),
    },
    program: writeProgram(made.program, made.labels),
  };
}

/** The status of the command: beside a reference, or by itself. */
async function runRecorded(words: readonly string[], on: string | undefined): Promise<number> {
  if (on !== undefined) return serve(await servedReference(on, 'record --on'), words);
  const child = spawn(words[0]!, words.slice(1), { stdio: 'inherit' });
  const ignore = () => {};
  process.on('SIGINT', ignore).on('SIGQUIT', ignore);
  const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return status ?? 128 + constants.signals[signal!];
}

export async function runRecord(
  command: readonly string[],
  flags: RecordFlags,
  write: (text: string) => void,
): Promise<number> {
  const sources = [command[0], flags.events, flags.trace].filter(each => each !== undefined);
  if (sources.length !== 1)
    throw new UsageError(
      'record takes a command after --, or --events FILE, or --trace FILE; name one of them',
    );
  if (flags.trace !== undefined) return cutTrace(flags.trace, flags, write);
  const driver = driverFor(flags);
  const say = (text: string) => process.stderr.write(`accel-uapi record: ${text}\n`);
  const events = flags.events ?? `${flags.out}.events`;
  let status = 0;
  if (flags.events === undefined) {
    const abi = ABI_OF[process.arch];
    if (!abi)
      throw new UsageError(
        `record does not run on ${process.arch}; expected x86_64, ARM or RISC-V of 64 bits`,
      );
    const table = recorderTable(driver, abi);
    // A mask that is misspelt is told before anything is recorded.
    programOf([], table, flags.mask ?? []);
    const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-record-'));
    try {
      writeFileSync(join(folder, 'table'), table.text);
      status = await runRecorded(
        [await buildRecorder(), events, join(folder, 'table'), ...command],
        flags.on,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  let text: string;
  try {
    text = readFileSync(events, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${events} cannot be read (${(error as NodeJS.ErrnoException).code}); --out must name a file in a folder that can be written`,
    );
  }
  const file = await convert(readEvents(events, text), driver, flags, command);
  if (flags.events === undefined) rmSync(events, { force: true });
  if (!file) {
    say('the command made no call on an accel or render node; nothing is written');
    return status;
  }
  const out = `${JSON.stringify(file)}\n`;
  loadTrace(flags.out, out);
  writeFileSync(flags.out, out, { mode: 0o600 });
  const { results, left, masked, whole } = file.recorded!;
  for (const each of left) say(`not in the trace: ${each}`);
  if (!whole) say('the end of the program is not in the trace');
  const calls = results.filter(result => result !== null).length;
  (flags.events === undefined ? say : write)(
    `${calls} calls in ${file.program.steps.length} steps${masked > 0 ? `, ${masked} bytes masked` : ''}: ${flags.out}${flags.events === undefined ? '' : '\n'}`,
  );
  return status;
}
