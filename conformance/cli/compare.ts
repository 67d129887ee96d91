/** `accel-uapi compare`: what one target does and another does not, with exit statuses for `git bisect run`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../schemas/index.ts';
import { type CompareOptions, type Comparison, compare, type Found } from '../compare/compare.ts';
import { keptFile } from '../compare/kept.ts';
import { inOrder, jsonComparison, prettyComparison } from '../compare/print.ts';
import { type Planned, planned } from '../compare/programs.ts';
import { Side } from '../compare/side.ts';
import { candidatesOf, type NamedTrace } from '../compare/traces.ts';
import { makeFolders } from '../extract/write-together.ts';
import type { PlanContext } from '../plan/context.ts';
import { inRange } from '../run/explain.ts';
import { type Identity, identify } from '../run/identity.ts';
import { compareReleases } from '../run/release.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { type OpenOptions, openTarget } from '../targets/open.ts';
import { cProgram } from '../trace/c-program.ts';
import { mismatch } from '../trace/mismatch.ts';
import { readProgram } from '../trace/trace-file.ts';
import { wholeNumber } from './numbers.ts';
import { ticker } from './progress.ts';
import { readTraces } from './read-traces.ts';
import { explainError } from './validate.ts';
import { version } from './version.ts';

export interface CompareFlags {
  readonly traces?: string;
  readonly seed: string;
  readonly runs: string;
  readonly select?: string;
  readonly out?: string;
  readonly format?: 'pretty' | 'json';
  readonly kernelA?: string;
  readonly kernelB?: string;
  readonly moduleA?: readonly string[];
  readonly moduleB?: readonly string[];
}

/** `git bisect run` skips a commit that ends so: https://git-scm.com/docs/git-bisect, "Bisect run". */
const CANNOT_TELL = 125;

/** The two targets cannot be compared, or one of them not be had. */
class CannotTell extends Error {
  override name = 'CannotTell';
}

function optionsOf(kernel: string | undefined, modules: readonly string[] | undefined): OpenOptions {
  return { ...(kernel ? { kernel } : {}), ...(modules ? { modules } : {}) };
}

/** Opens a target and looks at it; whatever is in the way means that nothing can be told. */
async function had(name: string, options: OpenOptions): Promise<{ target: Target; identity: Identity }> {
  let target: Target | undefined;
  try {
    target = await openTarget(name, options);
    const identity = await identify(target.link, {
      ...(target.nodePath ? { nodePath: target.nodePath } : {}),
    });
    return { target, identity };
  } catch (error) {
    await target?.close().catch(() => {});
    const known = explainError(error);
    if (!known) throw error;
    throw new CannotTell(known.sentence);
  }
}

type Had = Awaited<ReturnType<typeof had>>;

/** Why two targets have nothing in common to compare. */
function apart(a: Had, b: Had): string | undefined {
  // A reference with a fault may answer another name to VERSION.
  const named = ({ target, identity }: Had) =>
    target.driver ?? identity.version?.name ?? identity.driver.name;
  const [x, y] = [a.target.name, b.target.name];
  if (named(a) !== named(b))
    return `${x} has the driver ${named(a)}, and ${y} has ${named(b)}; name two targets of one driver`;
  const [left, right] = [a.target.link.hello, b.target.link.hello];
  if (left.abi !== right.abi)
    return `${x} has the ABI ${left.abi}, and ${y} has ${right.abi}; name two targets with the same, for example with abi=${left.abi} for a reference`;
  if (left.pageSize !== right.pageSize)
    return `${x} has pages of ${left.pageSize} bytes, and ${y} of ${right.pageSize}; name two targets with the same`;
  return undefined;
}

/** Paths of the node of one machine as they are on the other. */
function renamed(from: string, to: string): (program: Program) => Program {
  const [was, is] = [from, to].map(path => path.slice(path.lastIndexOf('/') + 1));
  if (was === is) return program => program;
  const name = new RegExp(`/${was}(?=[/\\0])`, 'g');
  return program => ({
    ...program,
    buffers: program.buffers.map(buffer => {
      const text = new TextDecoder('latin1').decode(buffer.data);
      if (!/^\/(dev|sys)\/[^\0]*\0$/.test(text)) return buffer;
      const data = new TextEncoder().encode(text.replace(name, `/${is}`));
      return { ...buffer, data, size: data.length };
    }),
  });
}

export async function runCompare(
  nameA: string,
  nameB: string,
  flags: CompareFlags,
  write: (text: string) => void,
  say: (text: string) => void,
): Promise<number> {
  const seed = wholeNumber('--seed', flags.seed, 0);
  const runs = wholeNumber('--runs', flags.runs, 0);
  if (flags.traces !== undefined && flags.select !== undefined)
    throw new UsageError('--select chooses among generated cases; leave it out with --traces');
  const traces = flags.traces === undefined ? undefined : readTraces('--traces', flags.traces);
  const open: Target[] = [];
  const interrupt = new AbortController();
  const onSignal = () => (interrupt.signal.aborted ? process.exit(130) : interrupt.abort());
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const a = await had(nameA, optionsOf(flags.kernelA, flags.moduleA));
    open.push(a.target);
    const b = await had(nameB, optionsOf(flags.kernelB, flags.moduleB));
    open.push(b.target);
    const why = apart(a, b);
    if (why !== undefined) throw new CannotTell(why);
    const select = new Selection(flags.select);
    const plan = traces === undefined ? plannedFor(a, b, seed, runs, select) : ofTraces(traces, a, seed);
    const [unused] = select.unused;
    if (unused !== undefined) throw new UsageError(`--select ${unused} matches nothing that is compared`);
    const ticks = ticker(`${nameA} and ${nameB}`, plan.candidates.length);
    const sides = [
      new Side(a.target),
      new Side(b.target, renamed(a.identity.nodePath, b.identity.nodePath)),
    ] as const;
    const peer = async () => {
      const { target } = await had(nameA, optionsOf(flags.kernelA, flags.moduleA));
      open.push(target);
      return new Side(target);
    };
    const comparison = await compare(...sides, plan.candidates, {
      driver: newer(a, b).identity.driver,
      ...modelOf(a, b),
      // Only what can be booted once more is a machine beside the first.
      ...(a.target.met === 'kernel' && a.target.reopen ? { peer } : {}),
      signal: interrupt.signal,
      onProgram: done => ticks.next(plan.candidates[done]?.name ?? ''),
    }).finally(() => ticks.stop());
    const files = keep(flags.out, comparison, a);
    const releases = [a, b].map(({ target }) => `${target.name} (${target.link.hello.release})`);
    const about = {
      a: releases[0]!,
      b: releases[1]!,
      driver: a.identity.version?.name ?? a.identity.driver.name,
      without: plan.without,
      files,
    };
    write(
      flags.format === 'json'
        ? `${JSON.stringify(jsonComparison(comparison, about), null, 1)}\n`
        : prettyComparison(comparison, about),
    );
    return comparison.found.length > 0 ? 1 : comparison.cut === undefined ? 0 : CANNOT_TELL;
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    say(`accel-uapi: ${error.message}\n`);
    return CANNOT_TELL;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    for (const target of open) await target.close().catch(() => {});
  }
}

/** By what a kernel is judged that is compared with a reference without a fault. */
function modelOf(a: Had, b: Had): Pick<CompareOptions, 'model' | 'known'> {
  const [kernel, reference] = a.target.met === 'kernel' ? [a, b] : [b, a];
  const { description: driver } = reference.target;
  if (kernel.target.met !== 'kernel' || reference.target.met !== 'model' || !driver) return {};
  const { params, minor, nodePath } = kernel.identity;
  const { abi, pageSize } = kernel.target.link.hello;
  // The reference as found stands for what the kernel is known to log, too.
  const asFound = /,as=/.test(reference.target.name);
  const logs = inRange(driver, kernel.target.link.hello.release).flatMap(({ log }) =>
    asFound && log ? [new RegExp(log.pattern)] : [],
  );
  return {
    model: { driver, abi, pageSize, params, minor, nodePath },
    known: text => logs.some(log => log.test(text)),
  };
}

/** The one whose kernel has more calls: what only one of the two offers is a difference, too. */
function newer(a: Had, b: Had): Had {
  return compareReleases(a.target.link.hello.release, b.target.link.hello.release) < 0 ? b : a;
}

function plannedFor(a: Had, b: Had, seed: number, runs: number, select: Selection): Planned {
  const { nodePath, minor, minors, params } = a.identity;
  const [left, right] = [a.target.link, b.target.link];
  const driver = newer(a, b).identity.driver;
  const context: PlanContext = { driver, hello: left.hello, nodePath, minor, minors, params, seed };
  const moods = left.device !== undefined && right.device !== undefined;
  const lanes = left.hello.lanes === true && right.hello.lanes === true;
  return planned(context, { runs, select, moods, lanes });
}

function ofTraces(traces: readonly NamedTrace[], a: Had, seed: number): Planned {
  for (const { path, file } of traces) {
    const why = mismatch(path, file, a.target, a.identity);
    if (why !== undefined) throw new CannotTell(why);
  }
  return { candidates: candidatesOf(traces, a.identity.driver, seed), without: new Map() };
}

/** Writes the programs of all differences, as traces and in C; gives their paths. */
function keep(folder: string | undefined, { found }: Comparison, a: Had): Map<Found, string[]> {
  const files = new Map<Found, string[]>();
  if (folder === undefined) return files;
  for (const [index, each] of inOrder(found).entries()) {
    const stem = `${String(index + 1).padStart(3, '0')}-${each.parting.call}-${each.parting.kind}`;
    const path = join(folder, `${stem.replace(/[^A-Za-z0-9._-]+/g, '-')}`);
    const file = keptFile(each, a.target, a.identity, version);
    const { program, labels } = readProgram(file, path);
    const lanes = program.steps.some(({ op }) => op === 'parallel');
    const texts = [
      [`${path}.json`, `${JSON.stringify(file, null, 1)}\n`],
      // What a lane waits for would never come in a program without lanes.
      ...(lanes ? [] : [[`${path}.c`, cProgram(file, program, labels, a.identity.driver)]]),
    ];
    for (const [name, text] of texts as [string, string][]) {
      try {
        makeFolders(name);
        writeFileSync(name, text);
      } catch (error) {
        throw new UsageError(
          `--out ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}); name a folder that can`,
        );
      }
      files.set(each, [...(files.get(each) ?? []), name]);
    }
  }
  return files;
}
