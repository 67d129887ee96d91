/** Whether a line of fdinfo is what its key promises. */
import type { Fdinfo, FdinfoKey } from './node.ts';

const PLACEHOLDER = /<[a-z]+>$/;

/**
 * The description of a key as it is printed: one with the very name, else the one with the longest name before its
 * placeholder, so that drm-engine-capacity-x is a capacity and not an engine named capacity-x.
 */
export function fdinfoKey(description: Fdinfo, printed: string): FdinfoKey | undefined {
  const exact = description.keys.find(({ key }) => key === printed);
  if (exact) return exact;
  const stem = ({ key }: FdinfoKey) => key.replace(PLACEHOLDER, '');
  return description.keys
    .filter(each => PLACEHOLDER.test(each.key))
    .filter(each => printed.startsWith(stem(each)) && printed.length > stem(each).length)
    .sort((a, b) => stem(b).length - stem(a).length)[0];
}

/** What a value of the key looks like, in words. */
export function fdinfoForm(description: Fdinfo, { type, units, nonzero }: FdinfoKey): string {
  const named = (units ?? []).filter(unit => unit !== 'none');
  const unit = named.length === 0 ? '' : `, and ${named.join(', ').replace(/, ([^,]*)$/, ' or $1')}`;
  const optional = units?.includes('none') ? ' or nothing' : '';
  return `${nonzero ? 'a number above 0' : description.types[type]!.says}${unit}${optional}`;
}

/** What is wrong with a value, or undefined. A key that nobody described may have any. */
export function wrongFdinfoValue(description: Fdinfo, printed: string, value: string): string | undefined {
  const key = fdinfoKey(description, printed);
  if (!key) return undefined;
  const { units } = key;
  const [number, unit = 'none', ...more] = units ? value.split(' ') : [value];
  const good =
    more.length === 0 &&
    new RegExp(description.types[key.type]!.pattern).test(number!) &&
    (!units || (units as readonly string[]).includes(unit)) &&
    !(key.nonzero && /^0+$/.test(number!));
  return good
    ? undefined
    : `${printed} is ${JSON.stringify(value)}, expected ${fdinfoForm(description, key)}`;
}
