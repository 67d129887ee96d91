/**
 * A oneOf whose branches each have a key of their own, as a chain of if, then and else: the validator looks at one
 * branch instead of all, and complains about the one that was meant. The meaning stays the same, as no branch takes a
 * key of another (additionalProperties: false).
 */
type Schema = { [keyword: string]: unknown };

interface Branch {
  readonly schema: Schema;
  /** What the branch is after its $ref. */
  readonly content: Schema;
}

const isSchema = (value: unknown): value is Schema =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function isClosed({ content }: Branch): boolean {
  return (
    content.type === 'object' && Array.isArray(content.required) && content.additionalProperties === false
  );
}

/** The first required key that no other branch knows. */
function ownKey(branch: Branch, others: readonly Branch[]): string | undefined {
  const known = new Set(others.flatMap(({ content }) => Object.keys(content.properties ?? {})));
  return (branch.content.required as string[]).find(key => !known.has(key));
}

function conditional(test: Schema, then: Schema, otherwise: Schema): Schema {
  return Object.fromEntries([
    ['if', test],
    ['then', then],
    ['else', otherwise],
  ]);
}

/** The chain for a oneOf; undefined when its branches have no keys of their own. */
function chainOf(branches: readonly Branch[]): Schema | undefined {
  const closed = branches.filter(isClosed);
  const rest = branches.filter(branch => !isClosed(branch));
  if (closed.length < 2 || rest.length > 1 || rest.some(({ content }) => mayBeObject(content)))
    return undefined;
  const keys = closed.map(branch =>
    ownKey(
      branch,
      closed.filter(other => other !== branch),
    ),
  );
  if (keys.includes(undefined)) return undefined;
  const last: Schema = { keyed: keys };
  const chain = closed.reduceRight<Schema>(
    (otherwise, { schema }, at) => conditional({ required: [keys[at]] }, schema, otherwise),
    last,
  );
  return conditional({ type: 'object' }, chain, rest[0]?.schema ?? last);
}

function mayBeObject(content: Schema): boolean {
  if (typeof content.type === 'string') return content.type === 'object';
  const branches = content.oneOf;
  return !Array.isArray(branches) || branches.some(branch => !isSchema(branch) || mayBeObject(branch));
}

/** The schema with every such oneOf replaced. `resolve` finds what a $ref of this schema means. */
export function keyedBranches(schema: unknown, resolve: (ref: string) => unknown): unknown {
  if (Array.isArray(schema)) return schema.map(item => keyedBranches(item, resolve));
  if (!isSchema(schema)) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, keyedBranches(value, resolve)]),
  );
  if (!Array.isArray(copy.oneOf)) return copy;
  const originals = schema.oneOf as unknown[];
  const branches = copy.oneOf.map((branch, at): Branch => {
    const original = originals[at] as Schema;
    const content = typeof original.$ref === 'string' ? resolve(original.$ref) : original;
    return { schema: branch as Schema, content: isSchema(content) ? content : {} };
  });
  const chain = chainOf(branches);
  if (!chain) return copy;
  const { oneOf: _, ...others } = copy;
  return { ...others, ...chain };
}
