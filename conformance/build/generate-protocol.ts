/** Writes what is computed from protocol.yaml: the value for TypeScript, the C header and the protocol page. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ProtocolDescription } from '../../schemas/protocol/description.ts';
import { cHeader } from '../../schemas/protocol/generate.ts';
import { protocolPage } from '../../schemas/protocol/page.ts';

async function write(path: string, text: string): Promise<void> {
  // The same bytes again keep the old file, so that nothing is rebuilt for it.
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  const half = `${path}.${process.pid}.new`;
  await writeFile(half, text);
  await rename(half, path);
}

/** `root` is the folder of package.json. */
export async function generateProtocol(root: string): Promise<void> {
  const source = await readFile(join(root, 'schemas/protocol/protocol.yaml'), 'utf8');
  const description = parse(source) as ProtocolDescription;
  // A string literal inside single quotes: JSON with backslashes and quotes escaped once more.
  const literal = JSON.stringify(description).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const module = [
    '// Generated from schemas/protocol/protocol.yaml; do not edit.',
    "import type { ProtocolDescription } from '../protocol/description.ts';",
    '',
    `export const protocol: ProtocolDescription = JSON.parse('${literal}');`,
    '',
  ].join('\n');
  await write(join(root, 'schemas/generated/protocol.ts'), module);
  await write(join(root, 'conformance/executor/generated/protocol.h'), cHeader(description));
  await write(join(root, 'docs/protocol.md'), protocolPage(description));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateProtocol(process.cwd());
