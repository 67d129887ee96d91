/** What the kernel checks of a message, out of the C that ynl_gen_c makes: a policy for each operation, and its flags. */

export interface Policies {
  /** Lines of each policy, by its name. */
  readonly policies: ReadonlyMap<string, readonly string[]>;
  /** Entries of the table of operations, by command and kind. */
  readonly operations: ReadonlyMap<string, readonly string[]>;
}

const lines = (block: string) =>
  block
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');

/** Names of functions of the kernel that a specification may name too, and ours does not. */
const HOOK = /^\.(pre_doit|post_doit|start|done)\b/;

export function readPolicies(source: string): Policies {
  const policies = new Map(
    [...source.matchAll(/const struct nla_policy (\w+)\[[^=]*= \{\n([\s\S]*?)\n\};/g)].map(
      ([, name, body]) => [name!, lines(body!)] as const,
    ),
  );
  const operations = new Map(
    [...source.matchAll(/\{\n(\t\t\.cmd\b[\s\S]*?)\n\t\},/g)].map(([, body]) => {
      const own = lines(body!).filter(line => !HOOK.test(line));
      const command = /= (\w+),/.exec(own[0]!)![1]!;
      return [`${command} ${body!.includes('CAP_DUMP') ? 'dump' : 'do'}`, own] as const;
    }),
  );
  return { policies, operations };
}

/** Lines that only one of the two has, each with its place; what only `theirs` has as a whole is passed over. */
export function differences(ours: Policies, theirs: Policies): string[] {
  return (['policies', 'operations'] as const).flatMap(kind =>
    [...ours[kind]].flatMap(([name, own]) => {
      const other = theirs[kind].get(name);
      if (!other) return [`${name}: only ours`];
      // Spaces and tabs between a member and its value align columns.
      const [mine, kernels] = [own, other].map(each => each.map(line => line.replaceAll(/\s+/g, ' ')));
      return [
        ...mine!.filter(line => !kernels!.includes(line)).map(line => `${name}: ours ${line}`),
        ...kernels!.filter(line => !mine!.includes(line)).map(line => `${name}: kernel ${line}`),
      ];
    }),
  );
}
