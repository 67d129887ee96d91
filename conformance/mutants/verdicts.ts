/** One run of the kit on a reference or a mutant, for its verdicts. */
import { firstMinor, nodeNames } from '../../reference/index.ts';
import type { DriverDescription, Link } from '../../schemas/index.ts';
import type { VerdictEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { validate } from '../run/validate.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import type { VerdictName } from '../run/verdict.ts';

/** What all runs of a matrix share. */
export interface MatrixRun {
  readonly seed: number;
  /** Random programs per mutant. */
  readonly runs: number;
  /** The kit's version, for the stream. */
  readonly version: string;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

export type RunOptions = MatrixRun &
  Pick<ValidateOptions, 'pick' | 'skip' | 'judge' | 'draw'> & { readonly driver: DriverDescription };

export function keyOf({ clause, instance }: Pick<VerdictEvent, 'clause' | 'instance'>): string {
  return `${clause}@${instance}`;
}

/** All verdicts by `clause@instance`; `onVerdict` hears each when it is told. */
export async function verdictsOf(
  name: string,
  link: Link,
  { driver, ...options }: RunOptions,
  onVerdict: (event: VerdictEvent) => void = () => {},
): Promise<Map<string, VerdictName>> {
  const seen = new Map<string, VerdictName>();
  // An accel node is found by itself.
  const render =
    driver.manifest.node === 'render' ? { nodePath: nodeNames('render', firstMinor('render')).path } : {};
  const target: Target = {
    ...{ name, kind: 'reference', ...render },
    link,
    met: 'model',
    close: () => link.close(),
  };
  const settings = { ...options, unexplained: true, tier: 'destructive', requireMust: false } as const;
  await validate(target, { ...settings, select: new Selection('') }, event => {
    if (event.event !== 'verdict') return;
    // One verdict would hide the other.
    if (seen.has(keyOf(event))) throw new Error(`two cases judge ${keyOf(event)}`);
    seen.set(keyOf(event), event.verdict);
    onVerdict(event);
  });
  return seen;
}
