import { moduleName } from './modinfo.ts';

/** What is known of a module by name: a file with what must come first, part of the kernel image, or nothing. */
export type Lookup =
  | { readonly found: 'file'; readonly depends: readonly string[]; readonly softPre: readonly string[] }
  | { readonly found: 'builtin' }
  | { readonly found: 'nothing' };

/** A module that nothing provides; `neededBy` is empty when it was asked for directly. */
export class MissingModule extends Error {
  readonly module: string;
  readonly neededBy: string;

  constructor(module: string, neededBy: string) {
    super(neededBy === '' ? `no module ${module}` : `no module ${module}, which ${neededBy} needs`);
    this.module = module;
    this.neededBy = neededBy;
  }
}

/**
 * Names of all modules to load for `wanted`, each after everything it depends on. What is built in takes no
 * loading; soft dependencies that do not exist are left out, as modprobe does.
 */
export async function loadOrder(
  wanted: readonly string[],
  lookup: (name: string) => Promise<Lookup>,
): Promise<string[]> {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = async (asked: string, neededBy: string, soft: boolean): Promise<void> => {
    const name = moduleName(asked);
    // A cycle cannot come from depmod; marking before descending ends it in any case.
    if (seen.has(name)) return;
    seen.add(name);
    const module = await lookup(name);
    if (module.found === 'builtin') return;
    if (module.found === 'nothing') {
      if (soft) {
        seen.delete(name);
        return;
      }
      throw new MissingModule(name, neededBy);
    }
    for (const before of module.softPre) await visit(before, name, true);
    for (const before of module.depends) await visit(before, name, false);
    order.push(name);
  };
  for (const name of wanted) await visit(name, '', false);
  return order;
}
