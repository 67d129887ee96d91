/** Checks data against its meta-schema and says in one sentence what is wrong where. */
import { validators } from '../generated/validators.ts';
import { type DataPath, InvalidData, quote, refuse } from './invalid-data.ts';

interface AjvError {
  instancePath: string;
  keyword: string;
  message?: string;
  params: Record<string, unknown>;
}
type Validator = ((data: unknown) => boolean) & { errors?: AjvError[] | null };

/**
 * Throws an InvalidData whose message names the file, the place, what was found and what was expected.
 * @param kind the meta-schema's name, for example `semantics`
 */
export function validate<T>(kind: string, path: string, data: unknown): T {
  const known = validators as unknown as Record<string, Validator>;
  const validator = Object.hasOwn(known, kind) ? known[kind] : undefined;
  if (!validator) throw new InvalidData(`${path}: there is no meta-schema named ${kind}`);
  if (validator(data)) return data as T;
  const errors = validator.errors ?? [];
  // Where several alternatives complain, the deepest complaint is about the one that was meant.
  let deepest: AjvError | undefined;
  for (const error of errors) if (!deepest || compare(error, deepest) < 0) deepest = error;
  if (!deepest) return refuse(path, [], `the file does not match ${kind}.schema.json`);
  const { at, value } = follow(data, deepest.instancePath);
  const key = deepest.params.additionalProperty ?? deepest.params.propertyName;
  const where = at.length === 0 ? 'the file' : at.join('.');
  const detail = Object.entries(deepest.params)
    .map(([, value]) => (Array.isArray(value) ? value.join(', ') : String(value)))
    .join(' ');
  const sentence = `${where} ${deepest.message ?? 'is wrong'} (${detail}), found ${quote(value)}; see schemas/meta/${kind}.schema.json`;
  return typeof key === 'string' ? refuse(path, [...at, key], sentence, 'key') : refuse(path, at, sentence);
}

/** A JSON pointer as keys and numbers, and what stands there. */
function follow(data: unknown, pointer: string): { at: DataPath; value: unknown } {
  const at: (string | number)[] = [];
  let value = data;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return { at, value };
}

function compare(a: AjvError, b: AjvError): number {
  return depth(b) - depth(a) || rank(a) - rank(b);
}

function depth(error: AjvError): number {
  return error.instancePath.split('/').length;
}

const ORDER = ['additionalProperties', 'keyed', 'enum', 'pattern', 'type', 'required', 'oneOf'];

function rank(error: AjvError): number {
  const at = ORDER.indexOf(error.keyword);
  // A broken `if` only says that its `then` complains.
  return error.keyword === 'if' ? ORDER.length + 1 : at < 0 ? ORDER.length : at;
}
