/** `--select`: which clause instances a run keeps. */
import type { Instance } from '../plan/case.ts';

/** A query is a list of patterns with commas: `handle`, `handle.zero`, `handle.zero@DRM_IOCTL_*`; `*` matches anything. */
export class Selection {
  private readonly patterns: {
    text: string;
    matches: (instance: Pick<Instance, 'clause' | 'instance'>) => boolean;
    used: boolean;
  }[];

  constructor(query: string | undefined) {
    this.patterns = (query ?? '')
      .split(',')
      .map(text => text.trim())
      .filter(text => text !== '')
      .map(text => {
        const [clause, ...rest] = text.split('@');
        const id = glob(clause!.includes('.') || clause === '*' ? clause! : `${clause}.*`);
        const name = rest.length > 0 ? glob(rest.join('@')) : undefined;
        return {
          text,
          used: false,
          matches: instance =>
            id.test(instance.clause) && (name === undefined || name.test(instance.instance)),
        };
      });
  }

  get all(): boolean {
    return this.patterns.length === 0;
  }

  has(instance: Pick<Instance, 'clause' | 'instance'>): boolean {
    if (this.all) return true;
    const matching = this.patterns.filter(pattern => pattern.matches(instance));
    for (const pattern of matching) pattern.used = true;
    return matching.length > 0;
  }

  /** Whether every pattern is about one of these. */
  only(instances: readonly Pick<Instance, 'clause' | 'instance'>[]): boolean {
    return this.patterns.every(
      pattern => instances.some(instance => pattern.matches(instance)) && !pattern.text.startsWith('*'),
    );
  }

  /** Patterns that selected nothing so far. */
  get unused(): readonly string[] {
    return this.patterns.filter(pattern => !pattern.used).map(pattern => pattern.text);
  }
}

function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
}
