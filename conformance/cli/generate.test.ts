/** generate as a user meets it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { type GenerateFlags, runGenerate } from './generate.ts';

const test = suite<{ out: string }>('generate');
test.before.each(context => {
  context.out = mkdtempSync(join(tmpdir(), 'cli-generate-'));
});
test.after.each(({ out }) => rmSync(out, { recursive: true, force: true }));

async function refusal(names: readonly string[], flags: GenerateFlags): Promise<string> {
  try {
    await runGenerate(names, flags, () => {});
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

test('each language should write the files of a driver and what they need, and nothing else', async ({
  out,
}) => {
  const files = {
    c: ['accel_uapi.h', 'accel_uapi_drm.h', 'accel_uapi_rocket.h'],
    ts: ['accel-uapi-node.ts', 'accel-uapi.ts', 'drm.ts', 'rocket.ts'],
    vectors: ['drm.vectors.json', 'protocol.vectors.json', 'rocket.vectors.json'],
  };
  for (const [lang, names] of Object.entries(files)) {
    const folder = join(out, lang);
    assert.is(
      await runGenerate(['rocket'], { lang: lang as GenerateFlags['lang'], out: folder }, () => {}),
      0,
    );
    assert.equal(readdirSync(folder).sort(), names);
  }
});

test('vectors should be what their schema says', async ({ out }) => {
  await runGenerate([], { lang: 'vectors', out }, () => {});
  for (const name of readdirSync(out))
    validate('vectors', name, JSON.parse(readFileSync(join(out, name), 'utf8')));
});

test('a mistake should be one sentence', async ({ out }) => {
  assert.match(
    await refusal(['rockett'], { lang: 'ts', out }),
    /^there is no driver rockett in the collection \(did you mean rocket\?\); expected accelref, /,
  );
  writeFileSync(join(out, 'file'), '');
  assert.match(
    await refusal(['rocket'], { lang: 'ts', out: join(out, 'file/below') }),
    /\/file\/below\/accel-uapi\.ts cannot be written: ENOTDIR; nothing was changed, name a folder that can be written with --out$/,
  );
});

test.run();
