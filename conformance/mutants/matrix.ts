/**
 * Whether the kit notices: validates the strict reference and every mutant, and tells which clause instances ended
 * worse on the mutant. The judge always has the strict description.
 */
import {
  createMutant,
  createReference,
  firstMinor,
  type Mutant,
  mutants,
  nodeNames,
} from '../../reference/index.ts';
import {
  catalogue,
  type DriverDescription,
  decodeRequest,
  type Link,
  type Program,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { VerdictEvent } from '../run/events.ts';
import { TargetError } from '../run/identity.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { validate } from '../run/validate.ts';
import type { VerdictName } from '../run/verdict.ts';

export interface MatrixOptions {
  readonly seed: number;
  /** Random programs per mutant. */
  readonly runs: number;
  /** Default: all. */
  readonly mutants?: readonly Mutant[];
  /**
   * Run every clause but the one that takes ten thousand rounds on every mutant, with every program that makes a call
   * which it breaks: all others run on it as on the strict reference. Without it only the clauses that a mutant names
   * run, and of them only the instances of the calls that it breaks. A case is a program of its own on a fresh
   * machine, so a clause that kills in such a run kills in a whole run too; only what other clauses see of the mutant
   * is not known.
   */
  readonly whole?: boolean;
  /** The strict references' verdicts by driver, where they are known already. */
  readonly baselines?: ReadonlyMap<string, Verdicts>;
  /** The kit's version, for the stream. */
  readonly version: string;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

export interface MatrixRow {
  readonly id: string;
  readonly class: string;
  /** The clauses that the mutant must die by. */
  readonly clauses: readonly ClauseId[];
  readonly driver: string;
  readonly killed: boolean;
  /** What killed it, as `clause@instance`. */
  readonly by: readonly string[];
  /** Clauses of `clauses` that did not kill it. */
  readonly missed: readonly ClauseId[];
  readonly millis: number;
  /** Declared: why nothing can tell it from the strict reference. */
  readonly equivalent?: string;
  /** Why the kit could not even start on it. */
  readonly refused?: string;
}

/** Verdicts that tell of another behaviour than the described one. */
const WORSE: readonly VerdictName[] = ['violates', 'violates (known)', 'drift'];

/** Verdicts by `clause@instance`. */
export class Verdicts extends Map<string, VerdictName> {
  /** The numbers of the ioctls that each one's program makes; none for clauses that look at all programs. */
  readonly numbers = new Map<string, ReadonlySet<number>>();
  /** Those that the kit makes first, to learn what the device is. */
  readonly identity = new Set<number>();
}

/** Runs all mutants, one after the other; `onRow` sees each as soon as it is known. */
export async function runMatrix(
  options: MatrixOptions,
  onRow: (row: MatrixRow) => void = () => {},
): Promise<MatrixRow[]> {
  const baselines = new Map(options.baselines);
  const rows: MatrixRow[] = [];
  for (const mutant of options.mutants ?? mutants) {
    let baseline = baselines.get(mutant.driver);
    if (!baseline) {
      baseline = await strictVerdicts(mutant.driver, options);
      baselines.set(mutant.driver, baseline);
    }
    const row = await tryMutant(mutant, baseline, options);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** The verdicts on the driver's strict reference, by `clause@instance`. */
export async function strictVerdicts(
  driver: string,
  options: Pick<MatrixOptions, 'seed' | 'runs' | 'version' | 'now'>,
): Promise<Verdicts> {
  const description = catalogue().drivers.get(driver)!;
  const profile = Object.keys(description.manifest.profiles)[0]!;
  return verdicts(
    `reference:${driver}`,
    description,
    createReference({ driver: description, profile }),
    '',
    options,
  );
}

async function tryMutant(mutant: Mutant, baseline: Verdicts, options: MatrixOptions): Promise<MatrixRow> {
  const start = options.now();
  const driver = catalogue().drivers.get(mutant.driver)!;
  const name = `reference:${mutant.driver},mutant=${mutant.id}`;
  const query = (options.whole ? affected(mutant, baseline) : relevant(mutant, baseline)).join(',');
  let by: string[] = [];
  let refused: string | undefined;
  try {
    const seen = await verdicts(name, driver, createMutant(mutant), query, options);
    by = [...seen].flatMap(([instance, verdict]) =>
      WORSE.includes(verdict) && verdict !== baseline.get(instance) ? [instance] : [],
    );
  } catch (error) {
    if (!(error instanceof TargetError) && !(error instanceof UsageError)) throw error;
    refused = error.message;
  }
  return {
    id: mutant.id,
    class: mutant.class,
    clauses: mutant.clauses,
    driver: mutant.driver,
    killed: by.length > 0,
    by,
    missed: mutant.clauses.filter(clause => !by.some(instance => instance.startsWith(`${clause}@`))),
    millis: Math.round(options.now() - start),
    ...(mutant.equivalent === undefined ? {} : { equivalent: mutant.equivalent }),
    ...(refused === undefined ? {} : { refused }),
  };
}

async function verdicts(
  name: string,
  { manifest }: DriverDescription,
  link: Link,
  query: string,
  { seed, runs, version, now }: Pick<MatrixOptions, 'seed' | 'runs' | 'version' | 'now'>,
): Promise<Verdicts> {
  const seen = new Verdicts();
  let started = false;
  let made: ReadonlySet<number> = new Set();
  // An accel node is found by itself.
  const render =
    manifest.node === 'render' ? { nodePath: nodeNames('render', firstMinor('render')).path } : {};
  const target: Target = {
    ...{ name, kind: 'reference', ...render },
    link: listened(link, program => {
      made = numbersIn(program);
      if (!started) for (const number of made) seen.identity.add(number);
    }),
    met: 'model',
    close: () => link.close(),
  };
  const settings = { seed, runs, tier: 'disturbing', requireMust: false, version, now } as const;
  await validate(target, { ...settings, select: new Selection(query) }, event => {
    if (event.event === 'run') started = true;
    if (event.event !== 'verdict') return;
    // One verdict would hide the other.
    if (seen.has(key(event))) throw new Error(`two cases judge ${key(event)}`);
    seen.set(key(event), event.verdict);
    if (!OF_ALL.test(event.clause)) seen.numbers.set(key(event), made);
  });
  return seen;
}

/** Clauses that every program of a run is looked at for. */
const OF_ALL = /^(?:kernel\.|model\.|argument\.errno$)/;

/** The link, with a look at each program before it runs. */
function listened(link: Link, see: (program: Program) => void): Link {
  return {
    ...link,
    run: (program, onEvent) => {
      see(program);
      return link.run(program, onEvent);
    },
  };
}

function numbersIn({ steps }: Program): Set<number> {
  return new Set(
    steps.flatMap(({ op, args }) => {
      const request = op === 'ioctl' ? args[1] : undefined;
      return request?.kind === 'const' ? [decodeRequest(Number(request.value)).number] : [];
    }),
  );
}

function key({ clause, instance }: Pick<VerdictEvent, 'clause' | 'instance'>): string {
  return `${clause}@${instance}`;
}

/** All instances that are quick to judge on the reference and whose programs make a call that the mutant breaks. */
function affected(mutant: Mutant, baseline: Verdicts): string[] {
  const { numbers, identity } = baseline;
  const instances = [...baseline.keys()].filter(instance => !instance.startsWith('handle.balance@'));
  const driver = catalogue().drivers.get(mutant.driver)!;
  const broken = brokenCalls(mutant, driver)?.map(
    name => (driver.calls.get(name) ?? driver.files.get(name))!.request!.number,
  );
  if (!broken || broken.some(number => identity.has(number))) return instances;
  return instances.filter(instance => {
    const made = numbers.get(instance);
    return !made || broken.some(number => made.has(number));
  });
}

/** The instances of the named clauses; of them those of the broken calls, when every edit is of an ioctl. */
function relevant(mutant: Mutant, baseline: Verdicts): string[] {
  const named = (instance: string) => mutant.clauses.some(clause => instance.startsWith(`${clause}@`));
  // The kernel's clauses look at what the calls of the others do to it.
  const kernel = mutant.clauses.some(clause => clause.startsWith('kernel.'));
  const instances = [...baseline.keys()].filter(
    instance => named(instance) || (kernel && instance.startsWith('output.')),
  );
  const calls = brokenCalls(mutant, catalogue().drivers.get(mutant.driver)!);
  // A random program shows a fault in whatever call comes later.
  if (!calls || mutant.clauses.includes('model.outcome')) return instances;
  const ofCalls = instances.filter(instance => {
    const about = instance.slice(instance.indexOf('@') + 1);
    return calls.some(call => about === call || about.startsWith(`${call}.`));
  });
  return ofCalls.length > 0 ? ofCalls : instances;
}

/** The ioctls whose rules the patch edits; undefined when the fault reaches every call. */
function brokenCalls(mutant: Mutant, driver: DriverDescription): string[] | undefined {
  if (!mutant.patch || mutant.faults) return undefined;
  const rules = JSON.stringify(mutant.patch);
  const calls = [...driver.calls.values(), ...driver.files.values()].filter(call =>
    rules.includes(`"${call.id}.`),
  );
  return calls.every(call => call.request) ? calls.map(call => call.name) : undefined;
}
