/** The clause registry as a module whose `ClauseId` type makes an unknown id fail to compile. */
import { join } from 'node:path';
import { writeIfChanged } from './generate.ts';
import { readData } from './generate-catalogue.ts';

export async function generateClauses(root: string): Promise<void> {
  const files = await readData(root, ['spec/clauses']);
  const ledger = (await readData(root, ['spec']))['spec/ledger.yaml'];
  const ids = Object.values(files).flatMap(file =>
    (file as { clauses: { id: string }[] }).clauses.map(clause => clause.id),
  );
  await writeIfChanged(
    join(root, 'spec/generated/clauses.ts'),
    `/* Generated from spec/clauses and spec/ledger.yaml. */\nexport type ClauseId =\n${ids.map(id => `  | '${id}'`).join('\n')};\nexport const files: Record<string, unknown> = JSON.parse(${JSON.stringify(JSON.stringify(files))});\nexport const ledger: unknown = JSON.parse(${JSON.stringify(JSON.stringify(ledger))});\n`,
  );
}
