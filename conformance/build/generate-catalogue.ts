/**
 * All descriptions as modules, maps from file path to content: `schemas/generated/catalogue.ts` for calls, and
 * `schemas/generated/messages.ts` for netlink and the files of a node, which a run of the kit does not load.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checked, located, parseSource, type Source } from '../../schemas/load/source.ts';
import { writeIfChanged } from './generate.ts';

const FOLDERS = ['schemas/core', 'schemas/drivers', 'schemas/facts', 'schemas/files', 'schemas/primary'];
const MESSAGE_FOLDERS = ['schemas/netlink', 'schemas/node'];

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

/** Gives what was read, so that it can be checked. */
async function writeModule(
  root: string,
  path: string,
  folders: readonly string[],
): Promise<ReadonlyMap<string, Source>> {
  const sources = await readSources(root, folders);
  const files = dataOf(sources);
  await writeIfChanged(
    join(root, path),
    `/* Generated from ${folders.join(', ')}. */\nexport const files: Record<string, unknown> = JSON.parse(${JSON.stringify(JSON.stringify(files))});\n`,
  );
  return sources;
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

export async function generateCatalogue(root: string): Promise<void> {
  const sources = await writeModule(root, 'schemas/generated/catalogue.ts', FOLDERS);
  const messages = await writeModule(root, 'schemas/generated/messages.ts', MESSAGE_FOLDERS);
  await check(sources);
  await checkMessages(messages);
}

/** The same for netlink and the files of a node. */
async function checkMessages(sources: ReadonlyMap<string, Source>): Promise<void> {
  const { loadNetlink } = await import('../../schemas/netlink/family.ts');
  const { loadFdinfo, loadSysfs, loadUevents } = await import('../../schemas/node/node.ts');
  const files = dataOf(sources);
  try {
    for (const load of [loadNetlink, loadSysfs, loadFdinfo, loadUevents]) load(files);
  } catch (error) {
    throw located(error, path => sources.get(path));
  }
}
