/**
 * What a run would not reach on a target, and why: the run's own cases are planned for the strict reference of the
 * driver, and looked at without running them.
 */
import type { Doctor, Hello } from '../../schemas/index.ts';
import { planCases } from '../families/index.ts';
import { TIERS, type Tier } from '../plan/case.ts';
import { ioctls } from '../plan/context.ts';
import { asOf, identify } from '../run/identity.ts';
import { KERNEL_CLAUSES } from '../run/kernel-watch.ts';
import { isNewer } from '../run/release.ts';
import { openTarget } from '../targets/open.ts';

export type Unreached = NonNullable<Doctor['target']>['unreached'][number];

export interface Circumstances {
  /** A name of the reference, whose description, parameters and ABI the target has. */
  readonly reference: string;
  /** Kernel release of the target, when it is known. */
  readonly release?: string;
  readonly tier: Tier;
  /** What makes the device end its jobs late, badly or never; undefined when something does. */
  readonly noMoods?: { readonly advice: string };
  /** Why the kernel log cannot be read; undefined when it can. */
  readonly noLog?: { readonly advice: string };
}

interface Block {
  readonly why: string;
  readonly advice?: string;
}

/** Of the calls that a description marks as destructive. */
const NEVER: Block = { why: 'the calls can take the whole device or kernel down and are never made' };

const SEPARATOR = '@';

/** Blocks by clause instance, in words; an instance that some case reaches is not blocked. */
class Ledger {
  private readonly blocks = new Map<string, Block | undefined>();

  see(clause: string, instance: string, block: Block | undefined): void {
    const key = `${clause}${SEPARATOR}${instance}`;
    if (block === undefined || !this.blocks.has(key)) this.blocks.set(key, block);
  }

  get size(): number {
    return this.blocks.size;
  }

  /** One entry a reason, the largest first. */
  unreached(): Unreached[] {
    const groups = new Map<string, { block: Block; families: Set<string>; instances: number }>();
    for (const [key, block] of this.blocks) {
      if (!block) continue;
      const group = groups.get(block.why) ?? { block, families: new Set<string>(), instances: 0 };
      group.families.add(key.slice(0, key.indexOf('.')));
      group.instances += 1;
      groups.set(block.why, group);
    }
    return [...groups.values()]
      .sort((a, b) => b.instances - a.instances)
      .map(({ block, families, instances }) => ({
        families: [...families] as Unreached['families'],
        instances,
        ...block,
      }));
  }
}

/** Clause instances of the description, and those that a run would not reach. */
export async function reach({
  reference,
  release,
  tier,
  noMoods,
  noLog,
}: Circumstances): Promise<{ instances: number; unreached: Unreached[] }> {
  const target = await openTarget(reference);
  try {
    const identity = await identify(target.link, target.nodePath ? { nodePath: target.nodePath } : {});
    const hello: Hello = { ...target.link.hello, ...(release ? { release } : {}) };
    const driver = asOf(identity.driver, hello.release);
    const newer = isNewer(hello.release, driver.manifest.kernel);
    const { nodePath, minor, minors, params } = identity;
    const ledger = new Ledger();
    for (const one of planCases({ driver, hello, nodePath, minor, minors, params, seed: 1 })) {
      const far = one.tier ?? 'reversible';
      const whole: Block | undefined =
        TIERS.indexOf(far) > TIERS.indexOf(tier)
          ? { why: `the cases are ${far}, and the tier is ${tier}`, advice: `validate --tier ${far}` }
          : one.device && noMoods
            ? { why: 'nothing there makes the device end its jobs late, badly or never', ...noMoods }
            : undefined;
      for (const { clause, instance, notReached, notClaimed, newerMayDiffer } of one.instances) {
        if (notClaimed !== undefined) continue;
        const own: Block | undefined =
          notReached !== undefined
            ? { why: notReached }
            : newer && newerMayDiffer
              ? {
                  why: `Linux ${hello.release} is newer than the description (${driver.manifest.kernel}) and may define more`,
                  advice: 'a newer accel-uapi',
                }
              : undefined;
        ledger.see(clause, instance, whole ?? own);
      }
    }
    const made = ioctls(driver);
    for (const call of driver.calls.values())
      if (call.request) ledger.see('model.outcome', call.name, made.includes(call) ? undefined : NEVER);
    for (const clause of KERNEL_CLAUSES)
      ledger.see(
        clause,
        'kernel',
        noLog && clause === 'kernel.log'
          ? { why: 'the kernel log cannot be read there', ...noLog }
          : undefined,
      );
    return { instances: ledger.size, unreached: ledger.unreached() };
  } finally {
    await target.close();
  }
}
