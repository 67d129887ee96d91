/** The traces of a folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedTrace } from '../compare/traces.ts';
import { UsageError } from '../run/usage-error.ts';
import { loadTrace } from '../trace/trace-file.ts';

export function readTraces(option: string, folder: string): NamedTrace[] {
  let names: string[];
  try {
    names = statSync(folder).isDirectory()
      ? readdirSync(folder)
          .filter(name => name.endsWith('.json'))
          .sort()
      : [];
  } catch (error) {
    throw new UsageError(
      `${option} ${folder} cannot be read (${(error as NodeJS.ErrnoException).code}); name a folder of traces`,
    );
  }
  if (names.length === 0)
    throw new UsageError(`${option} ${folder} has no file NAME.json; name a folder of traces`);
  return names.map(name => {
    const path = join(folder, name);
    return { path, file: loadTrace(path, readFileSync(path)) };
  });
}
