/** Which members of a call a check can depend on: changing any other one never makes it refuse. */
import type { Body, CallDescription, CheckRule, Rule } from '../../schemas/index.ts';

/** Keys of the algebra and of rules whose text names an object that another rule finds or makes. */
const OBJECTS = ['property', 'state', 'attachedTwice', 'same', 'absent', 'object', 'objects', 'attach'];

/** The texts below the given keys, wherever they stand. */
function texts(node: unknown, keys: readonly string[]): string[] {
  const found: string[] = [];
  collect(node, keys, found);
  return found;
}

function collect(node: unknown, keys: readonly string[], found: string[]): void {
  if (Array.isArray(node)) for (const each of node) collect(each, keys, found);
  else if (typeof node === 'object' && node !== null)
    for (const [key, value] of Object.entries(node)) {
      if (keys.includes(key)) found.push(...[value].flat().filter(text => typeof text === 'string'));
      collect(value, keys, found);
    }
}

const head = (path: string) => path.split(/[.[]/)[0]!;

/** The conditions and loops around a check, and the rules before it in the same blocks. */
function wayTo(body: Body, check: CheckRule): { around: unknown[]; before: Rule[] } | undefined {
  const before: Rule[] = [];
  for (const rule of body) {
    if (rule === check) return { around: [check.when], before };
    const inner: [Body, unknown[]][] = [];
    if ('select' in rule) {
      const whens = rule.select.map(({ when }) => when);
      for (const branch of rule.select) inner.push([branch.do, whens]);
      if (rule.otherwise) inner.push([rule.otherwise, whens]);
    } else if ('each' in rule) {
      const { do: block, ...loop } = rule;
      inner.push([block, [loop]]);
    } else if ('handler' in rule && rule.before) inner.push([rule.before, []]);
    for (const [block, around] of inner) {
      const found = wayTo(block, check);
      if (found) return { around: [...around, ...found.around], before: [...before, rule, ...found.before] };
    }
    before.push(rule);
  }
  return undefined;
}

/** Every rule in a block that finds, makes or fills the object of this name. */
function rulesOf(rules: readonly Rule[], object: string): unknown[] {
  return rules.flatMap((rule): unknown[] => {
    if ('select' in rule) {
      const blocks = [...rule.select.map(branch => branch.do), rule.otherwise ?? []];
      return blocks.some(block => rulesOf(block, object).length > 0) ? [rule] : [];
    }
    if ('each' in rule) {
      const { do: block, ...loop } = rule;
      const found = rulesOf(block, object);
      return found.length > 0 ? [loop, ...found] : rule.each === object ? [loop] : [];
    }
    const names = [
      'find' in rule ? rule.find : undefined,
      'create' in rule ? rule.object : undefined,
      'attach' in rule ? rule.to : undefined,
      'assign' in rule ? head(rule.assign) : undefined,
    ];
    return names.includes(object) ? [rule] : [];
  });
}

/**
 * The members as patterns of flat names, with `[]` for an element whatever its number, as in
 * `jobs[].region_bo_handles[2]`; undefined when the check is not in the body.
 */
export function touched(call: CallDescription, check: CheckRule): readonly string[] | undefined {
  let known = found.get(check);
  if (!known) {
    known = { members: find(call, check) };
    found.set(check, known);
  }
  return known.members;
}

/** Descriptions do not change. */
const found = new WeakMap<CheckRule, { readonly members: readonly string[] | undefined }>();

function find({ semantics }: CallDescription, check: CheckRule): readonly string[] | undefined {
  const way = wayTo(semantics.body, check);
  if (!way) return undefined;
  const nodes: unknown[] = [...way.around];
  const seen = new Set<string>();
  const fields = new Set<string>();
  // Loops by the name of their element: what they are over, as the body names it.
  const loops = new Map<string, string>();
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at] as Record<string, unknown>;
    if (typeof node?.each === 'string') {
      const over = typeof node.member === 'string' ? node.member : texts(node.at, ['field'])[0];
      if (over !== undefined) loops.set(node.each, over);
    }
    for (const field of texts(node, ['field', 'member'])) fields.add(field);
    const names = [...texts(node, OBJECTS), ...texts(node, ['field', 'index'])].map(head);
    for (const name of names) {
      if (seen.has(name)) continue;
      seen.add(name);
      nodes.push(...rulesOf(way.before, name));
    }
  }
  const flat = (path: string): string => {
    const first = head(path);
    const over = loops.get(first);
    return over === undefined ? path : `${flat(over)}[]${path.slice(first.length)}`;
  };
  return [...fields].map(flat);
}

/** Whether a flat name, as `jobs[0].region_bo_handles[2]`, is one of the members, or the bytes behind one. */
export function isTouched(patterns: readonly string[], name: string): boolean {
  return patterns.some(pattern => {
    const parts = pattern.split('[]').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('\\[\\d+\\]')}(?:\\[\\])?$`).test(name);
  });
}
