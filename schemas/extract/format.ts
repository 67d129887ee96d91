import type { Facts } from '../layout/types.ts';

const WIDTH = 110;

/** An array of several objects or arrays with several entries each never fits one line, as formatters have it. */
function mustBreak(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 2) return false;
  return value.every(
    item =>
      item !== null &&
      typeof item === 'object' &&
      Object.keys(item).length > 1 &&
      Array.isArray(item) === Array.isArray(value[0]),
  );
}

function inline(value: unknown): string | undefined {
  if (mustBreak(value)) return undefined;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = inline(item);
    if (text === undefined) return undefined;
    parts.push(Array.isArray(value) ? text : `${JSON.stringify(key)}: ${text}`);
  }
  if (parts.length === 0) return Array.isArray(value) ? '[]' : '{}';
  return Array.isArray(value) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
}

/** `before` columns stand in front of the value on its first line, `after` behind it on its last. */
function write(value: unknown, indent: string, before: number, after: number): string {
  const short = inline(value);
  const fits = short !== undefined && before + short.length + after <= WIDTH;
  if (value === null || typeof value !== 'object' || fits) return short!;
  const inner = `${indent}  `;
  const entries = Object.entries(value);
  const rows = entries.map(([key, item], i) => {
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}: `;
    const comma = i < entries.length - 1 ? 1 : 0;
    return `${inner}${name}${write(item, inner, inner.length + name.length, comma)}`;
  });
  return Array.isArray(value) ? `[\n${rows.join(',\n')}\n${indent}]` : `{\n${rows.join(',\n')}\n${indent}}`;
}

/** Facts as the text of their file: an entry a line, in lines of at most 110 columns where that is possible. */
export function formatFacts(facts: Facts): string {
  return `${write({ $schema: '../meta/facts.schema.json', ...facts }, '', 0, 0)}\n`;
}
