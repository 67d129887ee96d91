/**
 * All descriptions as modules, maps from file path to content: `schemas/generated/catalogue.ts` for calls, and
 * `schemas/generated/messages.ts` for netlink and the files of a node, which a run of the kit does not load.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { writeIfChanged } from './generate.ts';

const FOLDERS = ['schemas/core', 'schemas/drivers', 'schemas/facts', 'schemas/files', 'schemas/primary'];
const MESSAGE_FOLDERS = ['schemas/netlink', 'schemas/node'];

/** Reads every YAML and JSON file below the given folders; keys are paths relative to the root. */
export async function readData(root: string, folders: readonly string[]): Promise<Record<string, unknown>> {
  const files: Record<string, unknown> = {};
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true });
    for (const entry of entries.map(e => e.replaceAll('\\', '/')).sort()) {
      if (!/\.(yaml|json)$/.test(entry)) continue;
      const path = `${folder}/${entry}`;
      const text = await readFile(join(root, path), 'utf8');
      try {
        files[path] = path.endsWith('.json')
          ? JSON.parse(text)
          : parse(text, { merge: true, intAsBigInt: false });
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message.split('\n')[0]}; mend the file`);
      }
    }
  }
  return files;
}

async function writeModule(root: string, path: string, folders: readonly string[]): Promise<void> {
  const files = await readData(root, folders);
  await writeIfChanged(
    join(root, path),
    `/* Generated from ${folders.join(', ')}. */\nexport const files: Record<string, unknown> = JSON.parse(${JSON.stringify(JSON.stringify(files))});\n`,
  );
}

export async function generateCatalogue(root: string): Promise<void> {
  await writeModule(root, 'schemas/generated/catalogue.ts', FOLDERS);
  await writeModule(root, 'schemas/generated/messages.ts', MESSAGE_FOLDERS);
}
