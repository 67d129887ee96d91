/** Checks data against its meta-schema and says in one sentence what is wrong where. */
import { validators } from '../generated/validators.ts';

interface AjvError {
  instancePath: string;
  keyword: string;
  message?: string;
  params: Record<string, unknown>;
  data?: unknown;
}
type Validator = ((data: unknown) => boolean) & { errors?: AjvError[] | null };

export class InvalidData extends Error {
  override name = 'InvalidData';
}

/**
 * Throws an InvalidData whose message names the file, the place, what was found and what was expected.
 * @param kind the meta-schema's name, for example `semantics`
 */
export function validate<T>(kind: string, path: string, data: unknown): T {
  const validator = (validators as unknown as Record<string, Validator>)[kind];
  if (!validator) throw new InvalidData(`${path}: there is no meta-schema named ${kind}`);
  if (validator(data)) return data as T;
  const errors = validator.errors ?? [];
  // Below a oneOf every alternative complains; the deepest complaint is about the alternative that was meant.
  const deepest = [...errors].sort((a, b) => depth(b) - depth(a) || rank(a) - rank(b))[0];
  if (!deepest) throw new InvalidData(`${path}: does not match ${kind}.schema.json`);
  const where = deepest.instancePath === '' ? 'the file' : deepest.instancePath.slice(1).replaceAll('/', '.');
  const detail = Object.entries(deepest.params)
    .map(([, value]) => (Array.isArray(value) ? value.join(', ') : String(value)))
    .join(' ');
  throw new InvalidData(
    `${path}: ${where} ${deepest.message ?? 'is wrong'} (${detail}), found ${JSON.stringify(deepest.data)?.slice(0, 80)}; see schemas/meta/${kind}.schema.json`,
  );
}

function depth(error: AjvError): number {
  return error.instancePath.split('/').length;
}

function rank(error: AjvError): number {
  return ['additionalProperties', 'enum', 'pattern', 'type', 'required', 'oneOf'].indexOf(error.keyword);
}
