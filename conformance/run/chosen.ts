/** What a run looks at: the cases of its selection, tier and shard, and the clauses that are about every step. */
import type { DriverDescription } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { planCases } from '../families/index.ts';
import { type Case, isAtLeast } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { ERRNO_CLAUSE } from './errno-watch.ts';
import { KERNEL_CLAUSES } from './kernel-watch.ts';
import { UsageError } from './usage-error.ts';
import type { ValidateOptions } from './validate-options.ts';

interface Watched {
  readonly clause: ClauseId;
  readonly instance: string;
}

export class Chosen {
  private readonly options: ValidateOptions;
  private readonly driver: DriverDescription;
  private readonly watching: readonly Watched[];

  /** @param fetches the instances of the clause that memory is read once, where memory can be watched */
  constructor(options: ValidateOptions, driver: DriverDescription, fetches: readonly Watched[]) {
    this.options = options;
    this.driver = driver;
    const kernel: Watched[] = KERNEL_CLAUSES.map(clause => ({ clause, instance: 'kernel' }));
    const errnos: Watched[] = ioctls(driver).map(({ name }) => ({ clause: ERRNO_CLAUSE, instance: name }));
    this.watching = [...kernel, ...errnos, ...fetches];
  }

  /** Whether random programs run. */
  get model(): boolean {
    const { select, tier } = this.options;
    return (
      this.driver.name !== 'drm' &&
      tier !== 'observe' &&
      ioctls(this.driver).some(call => select.has({ clause: 'model.outcome', instance: call.name }))
    );
  }

  /** When only clauses about every step are wanted, everything runs for them. */
  get watchOnly(): boolean {
    return !this.options.select.all && this.options.select.only(this.watching);
  }

  /** Throws a UsageError for a word of the selection that means nothing here. */
  cases(context: PlanContext): Case[] {
    const { select, shard, tier, pick } = this.options;
    const everything = this.watchOnly;
    const selected = planCases(context)
      .map(one => ({ ...one, instances: one.instances.filter(instance => select.has(instance)) }))
      .filter(one => (everything || one.instances.length > 0) && isAtLeast(tier, one.tier ?? 'reversible'));
    for (const instance of this.watching) select.has(instance);
    for (const call of ioctls(context.driver)) select.has({ clause: 'model.outcome', instance: call.name });
    const [unused] = select.unused;
    if (unused !== undefined) {
      throw new UsageError(
        `--select ${unused} matches no clause instance of this target; accel-uapi list shows the clauses`,
      );
    }
    const own = selected.filter((_, index) => !shard || index % shard.count === shard.index - 1);
    return pick ? [...pick(own)] : own;
  }
}
