/** The clause registry as a module whose `ClauseId` type makes an unknown id fail to compile. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClauseFile } from '../../schemas/generated/types/clauses.ts';
import { checked, parseSource } from '../../schemas/load/source.ts';
import { writeIfChanged } from './generate.ts';
import { dataOf, readSources } from './generate-catalogue.ts';

const LEDGER = 'spec/ledger.yaml';

export async function generateClauses(root: string): Promise<void> {
  const sources = await readSources(root, ['spec/clauses']);
  const files = dataOf(sources);
  const ledger = parseSource(LEDGER, await readFile(join(root, LEDGER)));
  // The validators are generated themselves.
  const { validate } = await import('../../schemas/validate/validate.ts');
  checked(ledger, data => validate('ledger', LEDGER, data));
  const ids = [...sources.values()].flatMap(source =>
    checked(source, data => validate<ClauseFile>('clauses', source.path, data)).clauses.map(({ id }) => id),
  );
  await writeIfChanged(
    join(root, 'spec/generated/clauses.ts'),
    `/* Generated from spec/clauses and spec/ledger.yaml. */\nexport type ClauseId =\n${ids.map(id => `  | '${id}'`).join('\n')};\nexport const files: Record<string, unknown> = JSON.parse(${JSON.stringify(JSON.stringify(files))});\nexport const ledger: unknown = JSON.parse(${JSON.stringify(JSON.stringify(ledger.data))});\n`,
  );
}
