/** Many seeds on one machine, booted once: nothing but recorded deviations, and all of these. */
import type { Link, Trace } from '../../schemas/index.ts';
import { version } from '../cli/version.ts';
import { validatorOf } from '../netlink/validate.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { openTarget } from '../targets/open.ts';
import { recorded } from './recorded.ts';

/** Rounds of everything that makes handles take long and are the same for every seed: only the first has them. */
const AFTER_THE_FIRST = '!handle.balance';
const GOOD = ['conforms', 'not claimed', 'not reached', 'silent', 'violates (known)'];

export interface SeedsOfKernel {
  readonly release: string;
  readonly steps: number;
  /** What a seed showed beside recorded deviations, a line each. */
  readonly bad: readonly string[];
  /** Recorded deviations that some seed showed. */
  readonly shown: ReadonlySet<string>;
  /** Recorded deviations that none showed. */
  readonly missing: readonly string[];
}

/** The same machine for one more run, which blames no fault of an earlier one on what it does. */
export function again(target: Target): () => Target {
  let boot = target.link.hello.bootId;
  let taint = 0n;
  const run = async (...args: Parameters<Link['run']>): Promise<Trace> => {
    const trace = await target.link.run(...args);
    // A machine that was booted anew begins without.
    if (target.link.hello.bootId !== boot) taint = 0n;
    boot = target.link.hello.bootId;
    taint |= trace.end.taint;
    return trace;
  };
  const device = target.link.device && {
    device: async (...args: Parameters<NonNullable<Link['device']>>) => target.link.device!(...args),
  };
  return () => {
    const before = taint;
    const link: Link = {
      get hello() {
        const { hello } = target.link;
        return hello.bootId === boot ? { ...hello, taint: hello.taint | before } : hello;
      },
      run,
      ...device,
      close: () => target.link.close(),
    };
    return { ...target, link };
  };
}

export async function kernelSeeds(
  name: string,
  options: { seeds: number; runs: number },
  onSeed: (seed: number, shown: readonly string[], bad: readonly string[]) => void,
): Promise<SeedsOfKernel> {
  const target = await openTarget(name);
  const shown = new Set<string>();
  const all: string[] = [];
  let steps = 0;
  let driver = '';
  try {
    const fresh = again(target);
    for (let seed = 1; seed <= options.seeds; seed += 1) {
      const bad: string[] = [];
      const seen = new Set<string>();
      // A netlink family has no handles.
      const select = new Selection(seed === 1 || target.netlink !== undefined ? undefined : AFTER_THE_FIRST);
      // What unbinding leaves behind stays with the machine: nothing comes after it.
      const tier = seed === options.seeds ? 'disturbing' : 'reversible';
      const settings = { seed, runs: options.runs, tier, requireMust: true, version } as const;
      const end = await validatorOf(target)(
        fresh(),
        { ...settings, select, now: () => performance.now() },
        event => {
          if (event.event === 'run') driver = event.target.driver;
          if (event.event !== 'verdict') return;
          if (event.verdict === 'violates (known)') for (const id of event.deviations) seen.add(id);
          if (!GOOD.includes(event.verdict))
            bad.push(`seed ${seed}: ${event.verdict} ${event.clause} @ ${event.instance}: ${event.reason}`);
        },
      );
      steps += end.steps;
      if (end.status !== 0 || !end.complete) bad.push(`seed ${seed}: status ${end.status} ${end.reason}`);
      for (const id of seen) shown.add(id);
      all.push(...bad);
      onSeed(seed, [...seen].sort(), bad);
      if (!end.complete) break;
    }
  } finally {
    await target.close();
  }
  const { release } = target.link.hello;
  const missing = recorded(driver, release).filter(id => !shown.has(id));
  return { release, steps, bad: all, shown, missing };
}
