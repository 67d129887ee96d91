/** What a claim was made with, as hashes: the kit, the specification, the description and the header. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtinFiles, type Claim, type DriverDescription } from '../../schemas/index.ts';
import { chapters, clauses } from '../../spec/index.ts';
import { packageRoot, version } from '../cli/version.ts';

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

/** Keys in one order, whatever order a file has them in. */
function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Map) return canonical(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, part]) => typeof part !== 'function');
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, canonical(part)]),
  );
}

/** Files whose content says how a call is made, answered or judged. */
const WHAT_JUDGES = ['schemas', 'spec', 'reference', 'conformance'];
let kit: string | undefined;

/** Of the compiled kit, without its tests: whoever builds the same source has the same. */
function kitHash(): string {
  if (kit !== undefined) return kit;
  const hash = createHash('sha256');
  for (const folder of WHAT_JUDGES) {
    const root = join(packageRoot(), 'dist', folder);
    const names = readdirSync(root, { recursive: true })
      .map(name => String(name).replaceAll('\\', '/'))
      .filter(name => name.endsWith('.js') && JUDGING.test(`${folder}/${name}`) && !/\.test[.-]/.test(name));
    for (const name of names.sort())
      hash.update(`${folder}/${name}\0`).update(readFileSync(join(root, name)));
  }
  kit = hash.digest('hex');
  return kit;
}
/** The commands and the reports judge nothing. */
const JUDGING =
  /^(schemas|spec|reference)\/|^conformance\/(claim|coverage|families|judge|plan|run|targets\/reference)/;

/** What the driver's calls say; what is only told of it, such as its user space, is no part. */
function descriptionHash({ manifest, calls, deviations }: DriverDescription): string {
  const said = [...calls.values()].map(({ semantics }) => semantics);
  return sha256(JSON.stringify(canonical([manifest, said, deviations])));
}

function specHash(): string {
  const core = Object.entries(builtinFiles()).filter(([path]) => !path.startsWith('schemas/drivers/'));
  return sha256(JSON.stringify(canonical([clauses, chapters, Object.fromEntries(core)])));
}

export type Made = Pick<Claim, 'kit' | 'spec' | 'description' | 'header'>;

/** What a claim that is made now, of this description, is made with. */
export function madeWith(driver: DriverDescription): Made {
  const { facts, manifest } = driver;
  return {
    kit: { version, sha256: kitHash() },
    spec: { clauses: clauses.length, sha256: specHash() },
    description: { driver: driver.name, level: manifest.level, sha256: descriptionHash(driver) },
    header: { path: facts.header, sha256: facts.source.sha256 },
  };
}
