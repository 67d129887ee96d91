/** Facts of a version of the kernel headers: the committed ones when they are of it, else extracted now. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from '../../schemas/layout/index.ts';
import { packageRoot } from '../cli/version.ts';
import { extractHeaders } from './extract.ts';
import { fetchHeaders } from './fetch-headers.ts';

export interface FactsOfVersion {
  readonly include: string;
  /** The folder of the facts. */
  readonly facts: string;
  readonly version: string;
  readonly what: string;
}

/** Version of the package that the committed facts are from. */
export function committedVersion(): string {
  const { source } = JSON.parse(readFileSync(join(packageRoot(), 'schemas/facts/drm.json'), 'utf8')) as Facts;
  return source.version;
}

/** Facts of `wanted` when the mirror has its headers, else of the newest. New ones are written to `folder`. */
export async function factsFor(wanted: string, folder: string): Promise<FactsOfVersion> {
  const committed = committedVersion();
  const { include, version } = await fetchHeaders(wanted);
  if (version === committed) {
    const facts = join(packageRoot(), 'schemas/facts');
    return { include, facts, version, what: `the committed facts, linux-libc-dev ${version}` };
  }
  const kernel = /^\d+\.\d+(\.\d+)?/.exec(version)![0];
  await extractHeaders(include, { version, kernel }, folder);
  const what = `facts extracted now from linux-libc-dev ${version}; the committed ones are of ${committed}`;
  return { include, facts: folder, version, what };
}

export function readFactsFolder(folder: string): Facts[] {
  const names = readdirSync(folder).filter(name => name.endsWith('.json'));
  return names.sort().map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Facts);
}
