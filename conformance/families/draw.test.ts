import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference } from '../../reference/index.ts';
import { catalogue } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { identify } from '../run/identity.ts';
import { cellsOf, Draw } from './draw.ts';
import { randomCase } from './model.ts';

const PROGRAMS = 25;

async function contextOf(name: string, seed: number): Promise<PlanContext> {
  const driver = catalogue().drivers.get(name)!;
  const link = createReference({ driver, profile: Object.keys(driver.manifest.profiles)[0]! });
  const { nodePath, minor, minors, params } = await identify(link, {});
  return { driver, hello: link.hello, nodePath, minor, minors, params, seed };
}

test('programs that are drawn towards what is missing should come to more ends of calls than as many that are not', async () => {
  for (const name of ['ethosu', 'accelref']) {
    for (const seed of [1, 2, 3]) {
      const context = await contextOf(name, seed);
      const plain = new Set<string>();
      for (let index = 0; index < PROGRAMS; index += 1)
        for (const cell of cellsOf(model(context, randomCase(context, index).program))) plain.add(cell);
      const draw = new Draw(context);
      for (let index = 0; index < PROGRAMS; index += 1) draw.next();
      // With these seeds 83 becomes 108, 88 becomes 111, 81 107, 91 116, 93 118 and 89 115.
      assert.ok(
        draw.seen.size * 10 >= plain.size * 12,
        `${name}, seed ${seed}: ${draw.seen.size} against ${plain.size}`,
      );
    }
  }
});

test('the same seed should draw the same programs, another one others', async () => {
  const drawn = async (seed: number) => {
    const draw = new Draw(await contextOf('accelref', seed));
    return JSON.stringify([draw.next(), draw.next(), draw.next()], (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  };
  assert.is(await drawn(7), await drawn(7));
  assert.is.not(await drawn(7), await drawn(8));
});

test.run();
