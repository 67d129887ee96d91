/** `accel-uapi generate`: typed bindings, written to a folder. */
import { join } from 'node:path';
import { catalogue, cHeaders, type DriverDescription, tsModules, vectorFiles } from '../../schemas/index.ts';
import { writeTogether } from '../extract/write-together.ts';
import { UsageError } from '../run/usage-error.ts';
import { nearest } from './nearest.ts';

const LANGUAGES = { c: cHeaders, ts: tsModules, vectors: vectorFiles };

type Language = keyof typeof LANGUAGES;

export interface GenerateFlags {
  readonly lang: Language;
  readonly out: string;
}

function chosen(names: readonly string[]): DriverDescription[] {
  const { drivers } = catalogue();
  if (names.length === 0) return [...drivers.values()];
  return names.map(name => {
    const driver = drivers.get(name);
    if (driver) return driver;
    const known = [...drivers.keys()];
    throw new UsageError(
      `there is no driver ${name} in the collection${nearest(name, known)}; expected ${known.join(', ')}`,
    );
  });
}

export async function runGenerate(
  names: readonly string[],
  { lang, out }: GenerateFlags,
  write: (text: string) => void,
): Promise<number> {
  const made = LANGUAGES[lang](catalogue(), chosen(names));
  const files = [...made].map(([name, text]) => ({ path: join(out, name), text }));
  try {
    writeTogether(files);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${path?.replace(/\.\d+\.tmp$/, '') ?? out} cannot be written: ${code}; nothing was changed, name a folder that can be written with --out`,
    );
  }
  for (const { path } of files) write(`wrote ${path}\n`);
  return 0;
}
