/** `--select`: which clause instances a run keeps. */
import type { Instance } from '../plan/case.ts';

/** One pattern of a query and whether it matched anything so far. */
interface Pattern {
  readonly text: string;
  readonly without: boolean;
  readonly matches: (instance: Pick<Instance, 'clause' | 'instance'>) => boolean;
  used: boolean;
}

/**
 * A query is a list of patterns with commas: `handle`, `handle.zero`, `handle.zero@DRM_IOCTL_*`; `*` matches
 * anything, and `!` before a pattern leaves out what it matches.
 */
export class Selection {
  private readonly patterns: readonly Pattern[];
  private readonly wanted: readonly Pattern[];
  private readonly unwanted: readonly Pattern[];

  constructor(query: string | undefined) {
    this.patterns = (query ?? '')
      .split(',')
      .map(text => text.trim())
      .filter(text => text !== '')
      .map(patternOf);
    this.wanted = this.patterns.filter(({ without }) => !without);
    this.unwanted = this.patterns.filter(({ without }) => without);
  }

  get all(): boolean {
    return this.patterns.length === 0;
  }

  has(instance: Pick<Instance, 'clause' | 'instance'>): boolean {
    const [inside, outside] = [this.wanted, this.unwanted].map(patterns => {
      const matching = patterns.filter(pattern => pattern.matches(instance));
      for (const pattern of matching) pattern.used = true;
      return matching.length > 0;
    });
    return (inside || this.wanted.length === 0) && !outside;
  }

  /** Whether every pattern is about one of these. */
  only(instances: readonly Pick<Instance, 'clause' | 'instance'>[]): boolean {
    return (
      this.wanted.length > 0 &&
      this.wanted.every(
        pattern => instances.some(instance => pattern.matches(instance)) && !pattern.text.startsWith('*'),
      )
    );
  }

  /** Patterns that matched nothing so far. */
  get unused(): readonly string[] {
    return this.patterns.filter(pattern => !pattern.used).map(pattern => pattern.text);
  }
}

function patternOf(text: string): Pattern {
  const without = text.startsWith('!');
  const [clause, ...rest] = text.slice(without ? 1 : 0).split('@');
  const id = glob(clause!.includes('.') || clause === '*' ? clause! : `${clause}.*`);
  const name = rest.length > 0 ? glob(rest.join('@')) : undefined;
  return {
    text,
    without,
    used: false,
    matches: instance => id.test(instance.clause) && (name === undefined || name.test(instance.instance)),
  };
}

function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
}
