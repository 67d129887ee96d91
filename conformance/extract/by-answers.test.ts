/** What answers about a header are worth: the description they make, on the reference and on references with a fault. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMutant, createReference, mutantById } from '../../reference/index.ts';
import {
  type AskedOf,
  type AskedQuestion,
  answered,
  builtinFiles,
  catalogue,
  type DriverDescription,
  type Link,
  loadCatalogue,
  questionsOf,
  toldBy,
} from '../../schemas/index.ts';
import type { VerdictEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';

const driver = catalogue().drivers.get('ethosu')!;
const asked: AskedOf = { driver: 'ethosu', facts: driver.facts, types: driver.types };

/** What one who read the header answers where the guess is wrong. */
const ANSWERS: Readonly<Record<string, AskedQuestion['answer']>> = {
  'cmdstream_bo_create.data.target': 'bytes',
  'cmdstream_bo_create.size.direction': 'in',
  'perfmon_create.id.role': 'handle',
  'perfmon_create.id.direction': 'out',
  'perfmon_create.id.resource': 'perfmon',
  'perfmon_create.ncounters.direction': 'in',
  'perfmon_create.counters.direction': 'in',
  'perfmon_destroy.id.role': 'handle',
  'perfmon_destroy.id.direction': 'in',
  'perfmon_destroy.id.resource': 'perfmon',
  'perfmon_get_values.id.role': 'handle',
  'perfmon_get_values.id.direction': 'in',
  'perfmon_get_values.id.resource': 'perfmon',
  'perfmon_get_values.values_ptr.length': '64',
  'perfmon_set_global.flags.values': ['DRM_ETHOSU_PERFMON_CLEAR_GLOBAL'],
  'perfmon_set_global.id.role': 'handle',
  'perfmon_set_global.id.direction': 'in',
  'perfmon_set_global.id.resource': 'perfmon',
  'submit.perfmon_id.direction': 'in',
};

function described(): DriverDescription {
  let questions: AskedQuestion[] = [];
  for (;;) {
    const next = questionsOf(asked, toldBy(questions)).map(question => ({
      ...question,
      answer:
        ANSWERS[question.id] ??
        (question.guess !== '' ? 'yes' : question.id.endsWith('values') ? [] : 'told'),
    }));
    if (next.length === questions.length) break;
    questions = next;
  }
  const { manifest, calls } = answered(asked, toldBy(questions));
  const under = 'schemas/drivers/ethosu/';
  const files = Object.fromEntries(
    Object.entries(builtinFiles()).filter(([path]) => !path.startsWith(under)),
  );
  for (const semantics of calls) files[`${under}${semantics.key}.yaml`] = semantics;
  // Two calls write behind a pointer, which no answer can say.
  files[`${under}driver.yaml`] = { ...manifest, level: 'L1' };
  return loadCatalogue(files).drivers.get('ethosu')!;
}

async function verdicts(link: Link, select?: string): Promise<VerdictEvent[]> {
  const found: VerdictEvent[] = [];
  await validate(
    { name: 'a device', kind: 'reference', met: 'model', link, close: () => link.close() },
    {
      seed: 1,
      runs: 5,
      tier: 'reversible',
      select: new Selection(select),
      requireMust: false,
      version: '0',
      now: () => 0,
      drivers: [described()],
    },
    event => {
      if (event.event === 'verdict') found.push(event);
    },
  );
  return found;
}

const profile = 'u65';
const violated = (all: readonly VerdictEvent[]) => all.filter(({ verdict }) => verdict === 'violates');

test('the description should hold nothing against a driver that does more than it says', async () => {
  const all = await verdicts(createReference({ driver, profile }), '!isolation,!race');
  assert.equal(
    violated(all).map(({ clause, instance, reason }) => `${clause} ${instance} ${reason}`),
    [],
  );
  assert.ok(all.filter(({ verdict }) => verdict === 'conforms').length > 450);
});

/** Faults of roles: what is reserved, which bits there are, whose handle it is, where an object is mapped. */
const FAULTS: readonly [mutant: string, select: string][] = [
  ['drop.ethosu.bo_wait.pad-nonzero', 'reserved'],
  ['top-bit.ethosu.bo_create.flags-unknown', 'reserved'],
  ['drop.ethosu.bo_mmap_offset.handle-unknown', 'handle'],
  ['handle.given-twice', 'handle'],
  ['cross-client.any-table', 'handle'],
  ['mapping.any-client', 'mapping'],
  ['unaligned.ethosu.bo_mmap_offset.offset', 'output'],
];

for (const [mutant, select] of FAULTS)
  test(`${mutant} should be found by it`, async () => {
    const link = createMutant(mutantById(mutant)!, { driver, profile });
    assert.ok(violated(await verdicts(link, select)).length > 0);
  });

test.run();
