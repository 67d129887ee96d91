/** How much of a driver's description a run came to. */
import {
  type AbiName,
  type CallDescription,
  type DriverDescription,
  errnoName,
  layoutOf,
  type Step,
  type Trace,
} from '../../schemas/index.ts';
import { clauseFiles } from '../../spec/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { ioctls } from '../plan/context.ts';
import { REACHED, type Verdict } from '../run/verdict.ts';
import { type Cell, type CellKind, errnoCells } from './cells.ts';
import { canSucceed, resourceUses } from './resources.ts';

/** Families over netlink that ask about the device of the node. */
const OF_A_DEVICE: ReadonlySet<string> = new Set(['firmware', 'health']);

/** Of how many, how many, and which not. */
export interface Share {
  readonly seen: number;
  readonly of: number;
  readonly missed: readonly string[];
}

export interface Coverage {
  /** Clauses that show on a device, and have a verdict that comes from something that happened. */
  readonly clauses: Share;
  /** Ends of calls, each as `CALL ERRNO`. */
  readonly cells: {
    readonly required: Share;
    readonly allowed: Share;
    /** What was seen of what must not be. */
    readonly forbidden: { readonly seen: readonly string[]; readonly of: number };
    readonly unreachable: number;
  };
  /** Input members that held something else than 0. */
  readonly fields: Share;
  /** Calls that succeeded, by what they do with a resource. */
  readonly resources: { readonly creators: Share; readonly users: Share; readonly destroyers: Share };
  /** Calls of which none succeeded although clauses needed one, with how many were not reached. */
  readonly refused: readonly { readonly call: string; readonly notReached: number }[];
}

function share(all: readonly string[], seen: ReadonlySet<string>): Share {
  const names = [...new Set(all)];
  const missed = names.filter(name => !seen.has(name));
  return { seen: names.length - missed.length, of: names.length, missed };
}

interface Input {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

interface Tally {
  readonly call: CallDescription;
  readonly inputs: readonly Input[];
  made: number;
  succeeded: number;
  notReached: number;
}

function inputsOf(driver: DriverDescription, call: CallDescription, abi: AbiName): Input[] {
  // A call that is always refused looks at nothing.
  if (!call.argument || !canSucceed(driver, call)) return [];
  return layoutOf(driver.types, call.argument, abi)
    .fields.filter(({ path }) => ['in', 'inout'].includes(call.semantics.fields[path]?.direction ?? ''))
    .map(({ path, offset, size }) => ({ name: `${call.name}.${path}`, offset, size }));
}

export class CoverageWatch {
  private readonly driver: DriverDescription;
  private readonly managed: boolean;
  private readonly cells: readonly Cell[];
  private readonly tallies: ReadonlyMap<string, Tally>;
  private readonly witnessed = new Set<string>();
  private readonly touched = new Set<string>();
  private readonly reached = new Set<string>();

  /** @param managed devlink answers for the device */
  constructor(driver: DriverDescription, abi: AbiName, managed = false) {
    this.driver = driver;
    this.managed = managed;
    this.cells = errnoCells(driver);
    const calls = [...ioctls(driver), ...driver.files.values()];
    this.tallies = new Map(
      calls.map(call => {
        const inputs = inputsOf(driver, call, abi);
        return [call.name, { call, inputs, made: 0, succeeded: 0, notReached: 0 }];
      }),
    );
  }

  /** Looks at all steps of a program that ran. */
  see({ program, results }: Trace, judgements: readonly StepJudgement[]): void {
    for (const { step, call } of judgements) {
      const tally = call && this.tallies.get(call.name);
      const result = results[step];
      if (!tally || result?.status !== 'done') continue;
      const made = program.steps[step]!;
      const request = made.args[1];
      // With another letter it is no call of this driver's, though its number is that of one.
      if (request?.kind === 'const' && Number((request.value >> 8n) & 0xffn) !== call.request?.letter)
        continue;
      tally.made += 1;
      if (result.errno === 0) tally.succeeded += 1;
      else this.witnessed.add(`${call.name} ${errnoName(result.errno)}`);
      this.touch(tally, made);
    }
  }

  private touch({ inputs }: Tally, { args, fills = [], patches = [] }: Step): void {
    const argument = args[2];
    if (argument?.kind !== 'address') return;
    const base = Number(argument.offset ?? 0n);
    for (const { name, offset, size } of inputs) {
      if (this.touched.has(name)) continue;
      const from = base + offset;
      const stored = fills.some(
        ({ buffer, offset: at, bytes }) =>
          buffer === argument.buffer &&
          bytes.subarray(Math.max(from - at, 0), Math.max(from + size - at, 0)).some(byte => byte !== 0),
      );
      const patched = patches.some(
        ({ buffer, offset: at, width }) =>
          buffer === argument.buffer && at < from + size && at + width > from,
      );
      if (stored || patched) this.touched.add(name);
    }
  }

  verdict({ clause, instance, verdict }: Pick<Verdict, 'clause' | 'instance' | 'verdict'>): void {
    if (REACHED.includes(verdict)) this.reached.add(clause);
    const tally = verdict === 'not reached' && this.tallies.get(instance.split('.')[0]!);
    if (tally) tally.notReached += 1;
  }

  /** A run on a node speaks no netlink but to the devlink of its device, and few devices have the management profile. */
  private concerns({ family, over }: (typeof clauseFiles)[number]): boolean {
    if (family === 'control') return this.driver.manifest.control_calls !== undefined;
    return over === undefined || (this.managed && OF_A_DEVICE.has(family));
  }

  summary(): Coverage {
    const named = (kind: CellKind) =>
      this.cells.filter(cell => cell.kind === kind).map(({ call, errno }) => `${call} ${errno}`);
    const known = new Set([...named('required'), ...named('allowed'), ...named('unreachable')]);
    const uses = resourceUses(this.driver);
    const done = new Set(
      uses.flatMap(({ resource, call }) =>
        this.tallies.get(call)!.succeeded > 0 ? [`${resource} ${call}`] : [],
      ),
    );
    const part = (wanted: string) =>
      share(
        uses.filter(use => use.part === wanted).map(({ resource, call }) => `${resource} ${call}`),
        done,
      );
    return {
      clauses: share(
        clauseFiles
          .filter(file => this.concerns(file))
          .flatMap(file => file.clauses.filter(({ observable }) => observable === 'dynamic'))
          .map(({ id }) => id),
        this.reached,
      ),
      cells: {
        required: share(named('required'), this.witnessed),
        allowed: share(named('allowed'), this.witnessed),
        forbidden: {
          seen: [...this.witnessed].filter(cell => !known.has(cell)),
          of: named('forbidden').length,
        },
        unreachable: named('unreachable').length,
      },
      fields: share(
        [...this.tallies.values()].flatMap(({ inputs }) => inputs.map(({ name }) => name)),
        this.touched,
      ),
      resources: { creators: part('creators'), users: part('users'), destroyers: part('destroyers') },
      refused: [...this.tallies.values()]
        .filter(({ made, succeeded, notReached }) => made > 0 && succeeded === 0 && notReached > 0)
        .map(({ call, notReached }) => ({ call: call.name, notReached })),
    };
  }
}
