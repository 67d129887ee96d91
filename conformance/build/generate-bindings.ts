/** What all generated TypeScript modules share, as text, and the modules that the example programs use. */
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

/** After everything that the descriptions are read from. */
export async function generateExamples(root: string): Promise<void> {
  const { catalogue, tsModules } = await import('../../schemas/index.ts');
  const modules = tsModules(catalogue(), [catalogue().drivers.get('ethosu')!]);
  for (const [name, text] of modules)
    await writeIfChanged(join(root, 'conformance/bindings/examples/generated', name), text);
}
