/**
 * Ajv's standalone code for every meta-schema, bundled into one module without `require` and without `eval`, so
 * that it runs in a browser as it is: `schemas/generated/validators.ts`.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { _ } from 'ajv/dist/compile/codegen/index.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { writeIfChanged } from './generate.ts';
import { keyedBranches } from './keyed-branches.ts';

type Schemas = ReadonlyMap<string, Record<string, Record<string, unknown>>>;

/** What `#/$defs/NAME` or `FILE#/$defs/NAME` means. */
function resolveIn(schemas: Schemas, own: string): (ref: string) => unknown {
  return ref => {
    const [, file, name] = /^([^#]*)#\/\$defs\/(\w+)$/.exec(ref) ?? [];
    return name === undefined ? undefined : schemas.get(file || own)?.$defs?.[name];
  };
}

export async function generateValidators(root: string): Promise<void> {
  const meta = join(root, 'schemas/meta');
  const names = (await readdir(meta)).filter(name => name.endsWith('.schema.json')).sort();
  const ajv = new Ajv2020({
    allErrors: false,
    discriminator: false,
    strict: true,
    allowUnionTypes: true,
    inlineRefs: false,
    strictTypes: false,
    strictRequired: false,
    code: { source: true, esm: false },
  });
  // The end of a chain of branches: none of them was meant.
  ajv.addKeyword({
    keyword: 'keyed',
    schemaType: 'array',
    error: { message: 'must have one of the keys', params: ({ schemaValue }) => _`{keys: ${schemaValue}}` },
    code: context => context.fail(_`true`),
  });
  const refs: Record<string, string> = {};
  const schemas: Schemas = new Map(
    await Promise.all(
      names.map(async name => [name, JSON.parse(await readFile(join(meta, name), 'utf8'))] as const),
    ),
  );
  for (const [name, schema] of schemas) {
    ajv.addSchema(keyedBranches(schema, resolveIn(schemas, name)) as object, name);
    refs[`${name.replace('.schema.json', '').replace(/-(\w)/g, (_, c) => c.toUpperCase())}`] = name;
  }
  const make = (standalone as unknown as { default?: typeof standalone }).default ?? standalone;
  const code = (make as unknown as (a: unknown, r: Record<string, string>) => string)(ajv, refs);
  const dir = await mkdtemp(join(root, 'node_modules/.accel-uapi-'));
  try {
    await writeFile(join(dir, 'validators.cjs'), code);
    await writeFile(
      join(dir, 'entry.mjs'),
      `import v from './validators.cjs';\nexport const validators = { ${Object.keys(refs).join(', ')} };\n${Object.keys(
        refs,
      )
        .map(
          ref =>
            `function ${ref}(data) { const ok = v.${ref}(data); ${ref}.errors = v.${ref}.errors; return ok; }`,
        )
        .join('\n')}\n`,
    );
    const out = await build({
      entryPoints: [join(dir, 'entry.mjs')],
      bundle: true,
      format: 'esm',
      write: false,
      legalComments: 'none',
      platform: 'neutral',
      mainFields: ['main'],
      minifyWhitespace: true,
      minifyIdentifiers: true,
      minifySyntax: true,
    });
    const body = out.outputFiles[0]!.text.replaceAll(dir, '');
    await writeIfChanged(
      join(root, 'schemas/generated/validators.ts'),
      `// @ts-nocheck Generated from schemas/meta by ajv.\n${body}`,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
