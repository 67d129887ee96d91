/** What every section gets and gives. */
import type { BenchSection } from '../../schemas/index.ts';

export interface Settings {
  readonly quick: boolean;
  /** Seed of all programs. */
  readonly seed: number;
}

/** Something that this computer lacks; the section is left out and the sentence says why. */
export class Skip extends Error {
  override name = 'Skip';
}

/** Measures its rows; throws a Skip when this computer cannot. */
export interface Section {
  readonly name: BenchSection['name'];
  /** One line for --help. */
  readonly summary: string;
  measure(settings: Settings): Promise<Omit<BenchSection, 'name'>>;
}
