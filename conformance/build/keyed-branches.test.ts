import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidData, validate } from '../../schemas/index.ts';
import { packageRoot } from '../cli/version.ts';
import { corpus } from '../fuzz/corpus.ts';
import { STRUCTURE, TYPES } from '../fuzz/structure.ts';
import { Random } from '../plan/random.ts';
import { keyedBranches } from './keyed-branches.ts';

const KINDS: Readonly<Record<string, string>> = {
  facts: 'facts',
  core: 'semantics',
  files: 'semantics',
  primary: 'semantics',
  trace: 'trace',
};

test('a chain should take what the oneOf takes, and nothing else', async () => {
  const meta = join(packageRoot(), 'schemas/meta');
  const ajv = new Ajv2020({ strict: false });
  for (const name of readdirSync(meta))
    ajv.addSchema(JSON.parse(readFileSync(join(meta, name), 'utf8')), name);
  const subjects = (await corpus(packageRoot())).filter(
    ({ sort, path }) => sort in KINDS && !path.endsWith('deviations.yaml'),
  );
  const random = new Random(5);
  const names = ['field', 'check', 'all', 'named', 'array', 'model', 'slot', 'select'];
  const seen = { taken: 0, refused: 0 };
  for (let number = 0; number < 400; number += 1) {
    const subject = random.pick(subjects);
    const mutation = random.pick([...STRUCTURE, ...TYPES]);
    const bytes = mutation.mutate(subject, { random, names, other: () => subject });
    const text = new TextDecoder().decode(bytes);
    // Nothing is left of a file whose root was deleted.
    if (text.startsWith('undefined')) continue;
    const data: unknown = JSON.parse(text);
    const kind = KINDS[subject.sort]!;
    const expected = ajv.getSchema(`${kind}.schema.json`)!(data);
    let taken = true;
    try {
      validate(kind, 'a.yaml', data);
    } catch (error) {
      if (!(error instanceof InvalidData)) throw error;
      taken = false;
    }
    assert.is(taken, expected, `${mutation.name} of ${subject.path}`);
    seen[taken ? 'taken' : 'refused'] += 1;
  }
  assert.ok(seen.taken > 20 && seen.refused > 20, JSON.stringify(seen));
});

test('a oneOf whose branches share their keys should stay', () => {
  const closed = (...keys: string[]) => ({
    type: 'object',
    required: keys,
    additionalProperties: false,
    properties: Object.fromEntries(keys.map(key => [key, true])),
  });
  const nothing = () => undefined;
  const kept = { oneOf: [closed('event', 'a'), closed('event')] };
  assert.equal(keyedBranches(kept, nothing), kept);
  const open = { oneOf: [closed('a'), { type: 'object', required: ['b'] }] };
  assert.equal(keyedBranches(open, nothing), open);
  const chain = keyedBranches({ oneOf: [closed('a'), closed('b')] }, nothing) as Record<string, unknown>;
  assert.is(chain.oneOf, undefined);
  assert.equal(chain.if, { type: 'object' });
});

test.run();
