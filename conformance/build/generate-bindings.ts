/** The text of what all generated TypeScript modules share: `schemas/generated/bindings-runtime.ts`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeIfChanged } from './generate.ts';

const FOLDER = 'schemas/bindings/ts/runtime';

export async function generateBindings(root: string): Promise<void> {
  const read = (name: string) => readFile(join(root, FOLDER, name), 'utf8');
  const texts = { shared: await read('accel-uapi.ts'), node: await read('accel-uapi-node.ts') };
  await writeIfChanged(
    join(root, 'schemas/generated/bindings-runtime.ts'),
    `/* Generated from ${FOLDER}. */\nexport const runtime = ${JSON.stringify(texts, null, 2)};\n`,
  );
}
