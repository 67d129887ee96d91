/** Codecs of the structs that the benchmark measures: `conformance/bench/generated/codecs.ts`. */
import { join } from 'node:path';
import { writeIfChanged } from './generate.ts';

export async function generateCodecs(root: string): Promise<void> {
  const { catalogue, codecSource, layoutOf } = await import('../../schemas/index.ts');
  const { STRUCTS } = await import('../bench/structs.ts');
  const layouts = STRUCTS.map(({ driver, name }) =>
    layoutOf(catalogue().drivers.get(driver)!.types, name, 'x86_64'),
  );
  await writeIfChanged(
    join(root, 'conformance/bench/generated/codecs.ts'),
    `/* Generated from schemas/facts by schemas/layout/codec-source.ts. */\n${codecSource(layouts)}`,
  );
}
