/** Writes what is computed from protocol.yaml: the value for TypeScript, the C header and the protocol page. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseSource } from '../../schemas/load/source.ts';
import type { ProtocolDescription } from '../../schemas/protocol/description.ts';
import { cHeader } from '../../schemas/protocol/generate.ts';
import { protocolPage } from '../../schemas/protocol/page.ts';
import { writeIfChanged } from './generate.ts';

/** The description, checked against its meta-schema. `root` is the folder of package.json. */
export async function readProtocol(root: string): Promise<ProtocolDescription> {
  const path = 'schemas/protocol/protocol.yaml';
  const description = parseSource(path, await readFile(join(root, path))).data;
  const schema = JSON.parse(await readFile(join(root, 'schemas/meta/protocol.schema.json'), 'utf8'));
  const ajv = new Ajv2020({ allowUnionTypes: true });
  if (!ajv.validate(schema, description))
    throw new Error(`schemas/protocol/protocol.yaml: ${ajv.errorsText(ajv.errors, { dataVar: '' })}`);
  return description as ProtocolDescription;
}

export async function generateProtocol(root: string): Promise<void> {
  const description = await readProtocol(root);
  // A string literal in single quotes: backslashes and quotes of the JSON are escaped once more.
  const literal = JSON.stringify(description).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const module = [
    '// Generated from schemas/protocol/protocol.yaml; do not edit.',
    "import type { ProtocolDescription } from '../protocol/description.ts';",
    '',
    `export const protocol: ProtocolDescription = JSON.parse('${literal}');`,
    '',
  ].join('\n');
  await writeIfChanged(join(root, 'schemas/generated/protocol.ts'), module);
  await writeIfChanged(join(root, 'conformance/executor/generated/protocol.h'), cHeader(description));
  await writeIfChanged(join(root, 'docs/protocol.md'), protocolPage(description));
}
