/** All descriptions as one module: `schemas/generated/catalogue.ts`, a map from file path to content. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checked, parseSource, type Source } from '../../schemas/load/source.ts';
import { writeIfChanged } from './generate.ts';

const FOLDERS = ['schemas/core', 'schemas/drivers', 'schemas/facts', 'schemas/files', 'schemas/primary'];

/** Reads every YAML and JSON file below the given folders; keys are paths relative to the root. */
export async function readSources(root: string, folders: readonly string[]): Promise<Map<string, Source>> {
  const sources = new Map<string, Source>();
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true });
    for (const entry of entries.map(e => e.replaceAll('\\', '/')).sort()) {
      if (!/\.(yaml|json)$/.test(entry)) continue;
      const path = `${folder}/${entry}`;
      sources.set(path, parseSource(path, await readFile(join(root, path))));
    }
  }
  return sources;
}

/** The data of the files by path, as the generated modules hold it. */
export function dataOf(sources: ReadonlyMap<string, Source>): Record<string, unknown> {
  return Object.fromEntries([...sources].map(([path, { data }]) => [path, data]));
}

export async function generateCatalogue(root: string): Promise<void> {
  const sources = await readSources(root, FOLDERS);
  const files = dataOf(sources);
  await writeIfChanged(
    join(root, 'schemas/generated/catalogue.ts'),
    `/* Generated from ${FOLDERS.join(', ')}. */\nexport const files: Record<string, unknown> = JSON.parse(${JSON.stringify(JSON.stringify(files))});\n`,
  );
  await check(sources);
}

/** Loads what was just written as anybody's descriptions are: with positions, and every layout computed. */
async function check(sources: ReadonlyMap<string, Source>): Promise<void> {
  // The validators are generated themselves; the errnos, which the loader needs, come from these facts.
  const { validate } = await import('../../schemas/validate/validate.ts');
  for (const source of sources.values())
    if (source.path.startsWith('schemas/facts/'))
      checked(source, data => validate('facts', source.path, data));
  const { loadSources } = await import('../../schemas/load/descriptions.ts');
  loadSources([...sources.values()]);
}
