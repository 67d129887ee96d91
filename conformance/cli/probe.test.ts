import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../run/usage-error.ts';
import { runProbe } from './probe.ts';

async function ran(target: string, flags: { format?: 'yaml' | 'json'; descriptions?: string } = {}) {
  let text = '';
  const status = await runProbe(target, { seed: '1', ...flags }, more => {
    text += more;
  });
  return { status, text };
}

test('what is found should be printed as YAML with comments, or as JSON', async () => {
  const { status, text } = await ran('reference:vgem');
  assert.is(status, 0);
  assert.match(text, /\n?# 0 checks proposed after \d+ steps\n$/);
  assert.equal(JSON.parse((await ran('reference:vgem', { format: 'json' })).text), []);
});

test('a folder without descriptions should be refused with one sentence', async () => {
  const found = await ran('reference:ethosu', { descriptions: '/nowhere' }).catch((error: Error) => error);
  assert.instance(found, UsageError);
  assert.match((found as Error).message, /--descriptions \/nowhere has no folder drivers\/; name the folder/);
});

test.run();
