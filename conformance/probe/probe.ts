/**
 * What a driver refuses although its description does not say so: one member of a good call is changed at a time, and
 * where a value is refused, the nearest one that is not tells the limit. What is found is proposed as checks.
 */
import { type CallDescription, type CheckRule, errnoName, fieldOf, type Link } from '../../schemas/index.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { Sandwich } from '../plan/sandwich.ts';

export interface Proposal {
  readonly call: string;
  readonly check: CheckRule;
  /** Values that were refused, and the nearest one that was not. */
  readonly seen: string;
}

export interface Probed {
  readonly proposals: readonly Proposal[];
  /** Calls that could not be tried, with the reason. */
  readonly untried: ReadonlyMap<string, string>;
  readonly steps: number;
}

/** Roles of members whose values are numbers that a driver looks at. */
const NUMBERS: ReadonlySet<string> = new Set([
  'bytes',
  'count',
  'flags',
  'selector',
  'value',
  'number',
  'offset',
  'address',
]);
/** What the machine may cause, and what tells nothing of the value. */
const ENVIRONMENTAL: ReadonlySet<string> = new Set(['ENOMEM', 'EINTR', 'EAGAIN', 'ENODEV', 'EIO']);
/** Alignments that are looked for, up to a page. */
const ALIGNMENTS = [2n, 4n, 8n, 16n, 32n, 64n, 128n, 256n, 512n, 1024n, 2048n, 4096n];

/** How a call ended: an errno that the description does not say, one that it says, or success. */
type End = { readonly errno: string; readonly told: boolean } | 'success';

export async function probe(
  link: Link,
  context: PlanContext,
  setup: JudgeSetup,
  about: string,
): Promise<Probed> {
  const core = new Set([...setup.driver.calls.values()].filter(({ id }) => id.startsWith('drm.')));
  const proposals: Proposal[] = [];
  const untried = new Map<string, string>();
  let steps = 0;
  const counted: Link = {
    ...link,
    run: async (...args) => {
      const trace = await link.run(...args);
      steps += trace.results.length;
      return trace;
    },
  };
  for (const call of ioctls(setup.driver)) {
    if (core.has(call)) continue;
    const prober = new CallProber(counted, context, setup, call, about);
    const why = await prober.notGood();
    if (why !== undefined) untried.set(call.name, why);
    else
      for (const name of Object.keys(call.semantics.fields)) proposals.push(...(await prober.member(name)));
  }
  for (const name of setup.driver.skeletons.keys())
    untried.set(name, 'it is not described yet; extract --answers asks for what is missing');
  return { proposals, untried, steps };
}

class CallProber {
  private readonly link: Link;
  private readonly context: PlanContext;
  private readonly setup: JudgeSetup;
  private readonly call: CallDescription;
  private readonly about: string;

  constructor(link: Link, context: PlanContext, setup: JudgeSetup, call: CallDescription, about: string) {
    this.link = link;
    this.context = context;
    this.setup = setup;
    this.call = call;
    this.about = about;
  }

  /** Why there is nothing to change: no good call succeeds. */
  async notGood(): Promise<string | undefined> {
    const sandwich = new Sandwich(this.context, this.call);
    if (!sandwich.good) return 'no described call makes what it needs';
    const trace = await this.link.run(sandwich.builder.build());
    const failed = sandwich.controls.find(step => trace.results[step]?.errno !== 0);
    if (failed === undefined) return undefined;
    const { errno } = trace.results[failed] ?? { errno: 0 };
    return `${sandwich.builder.labels[failed]} ends with ${errnoName(errno)}: name values that it takes (valid)`;
  }

  /** How the call ends with one member changed; undefined when the good calls around it do not succeed. */
  private async end(name: string, value: bigint): Promise<End | undefined> {
    const sandwich = new Sandwich(this.context, this.call);
    sandwich.probe({ ...sandwich.arguments(), [name]: value }, `${name} = ${value}`);
    const trace = await this.link.run(sandwich.builder.build());
    const [step] = sandwich.probes;
    const around = sandwich.controls.every(each => trace.results[each]?.errno === 0);
    const result = trace.results[step!];
    if (!around || !result || result.status !== 'done') return undefined;
    if (result.errno === 0) return 'success';
    const errno = errnoName(result.errno);
    if (ENVIRONMENTAL.has(errno)) return undefined;
    const { environmental, differences } = judge(trace, this.setup)[step!]!;
    return { errno, told: environmental === undefined && differences.length === 0 };
  }

  async member(name: string): Promise<Proposal[]> {
    const role = this.call.semantics.fields[name]!;
    if (!NUMBERS.has(role.role) || role.direction === 'out' || role.direction === 'unused') return [];
    const { size } = fieldOf(this.maker().layout(this.call), name);
    const ones = (1n << BigInt(8 * size)) - 1n;
    const good = this.good(name);
    if (good === undefined) return [];
    if (role.role === 'flags') return this.bits(name, BigInt(8 * size), good);
    const found: Proposal[] = [];
    if (good > 0n) {
      const zero = await this.end(name, 0n);
      if (isUntold(zero))
        found.push(this.propose(name, 'zero', { eq: [{ field: name }, 0] }, zero.errno, '0'));
    }
    const above = await this.limit(name, good, ones);
    if (above) found.push(above);
    const aligned = await this.alignment(name, good);
    if (aligned) found.push(aligned);
    return found;
  }

  private maker() {
    return new Sandwich(this.context, this.call).maker;
  }

  /** The value that the good call has; undefined when it is none that is known beforehand. */
  private good(name: string): bigint | undefined {
    const value = new Sandwich(this.context, this.call).good?.[name];
    return typeof value === 'bigint' ? value : value === undefined ? 0n : undefined;
  }

  /** The largest value that is taken, where larger ones are not. */
  private async limit(name: string, good: bigint, ones: bigint): Promise<Proposal | undefined> {
    let end = await this.end(name, ones);
    if (end === undefined || end === 'success') return undefined;
    let [low, high] = [good, ones];
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      const there = await this.end(name, middle);
      // What the machine refuses for lack of memory tells of no limit of the driver.
      if (there === undefined) return undefined;
      if (there === 'success') low = middle;
      else [high, end] = [middle, there];
    }
    if (end.told) return undefined;
    const { errno } = end;
    const when = { gt: [{ field: name }, number(low)] };
    return this.propose(name, 'too-large', when, errno, `${number(high)}, and ${number(low)} is taken`);
  }

  private async alignment(name: string, good: bigint): Promise<Proposal | undefined> {
    if (good === 0n) return undefined;
    const next = await this.end(name, good + 1n);
    if (!isUntold(next)) return undefined;
    for (const power of ALIGNMENTS)
      if (good % power === 0n && (await this.end(name, good + power)) === 'success') {
        const when = { misaligned: [{ field: name }, number(power)] };
        return this.propose(
          name,
          'misaligned',
          when,
          next.errno,
          `${good + 1n}, and ${good + power} is taken`,
        );
      }
    return undefined;
  }

  private async bits(name: string, width: bigint, good: bigint): Promise<Proposal[]> {
    const refused = new Map<string, bigint>();
    for (let bit = 0n; bit < width; bit += 1n) {
      const end = await this.end(name, good | (1n << bit));
      if (isUntold(end)) refused.set(end.errno, (refused.get(end.errno) ?? 0n) | (1n << bit));
    }
    return [...refused].map(([errno, mask]) =>
      this.propose(
        name,
        `bits-${errno.toLowerCase()}`,
        { nonzero: { and: [{ field: name }, number(mask)] } },
        errno,
        `each bit of 0x${mask.toString(16)}`,
      ),
    );
  }

  private propose(name: string, what: string, when: unknown, errno: string, seen: string): Proposal {
    const check = {
      check: `${name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}-${what}`,
      when,
      errno,
      clause: 'argument.value',
      basis: 'code',
      source: this.about,
      evidence: 'seen',
    } as unknown as CheckRule;
    return { call: this.call.name, check, seen };
  }
}

const isUntold = (end: End | undefined): end is Exclude<End, 'success'> =>
  end !== undefined && end !== 'success' && !end.told;

/** As descriptions have numbers: text from 2^53 on. */
const number = (value: bigint) => (value >= 2n ** 53n ? `0x${value.toString(16)}` : Number(value));
