import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reach } from './reach.ts';

const VGEM = { reference: 'reference:vgem', tier: 'reversible' } as const;

test('a driver whose device nobody plays leaves what needs it, and nothing else', async () => {
  const advice = 'qemu:ethosu';
  const { instances, unreached } = await reach({
    reference: 'reference:ethosu',
    tier: 'reversible',
    noMoods: { advice },
  });
  const moods = unreached.find(({ why }) => /end its jobs late, badly or never/.test(why))!;
  assert.ok(moods.families.includes('job'), 'jobs are what a player is for');
  assert.not(moods.families.includes('handle'), 'handles need no player');
  assert.is(moods.advice, advice);
  assert.ok(unreached.reduce((sum, each) => sum + each.instances, 0) < instances / 4);
});

test('a low tier leaves most, and says which tier would do; calls that no tier allows are named so', async () => {
  const high = await reach(VGEM);
  const low = await reach({ ...VGEM, tier: 'observe' });
  assert.is(low.instances, high.instances);
  const tier = low.unreached.find(({ advice }) => advice === 'validate --tier reversible')!;
  assert.ok(tier.instances > low.instances / 4);
  assert.not(high.unreached.some(({ advice }) => advice === 'validate --tier reversible'));
  for (const { unreached } of [high, low])
    assert.equal(unreached.find(({ why }) => /are never made/.test(why))!.families, ['model']);
});

test('without the kernel log one instance is left', async () => {
  const { unreached } = await reach({ ...VGEM, noLog: { advice: 'run as root' } });
  assert.equal(
    unreached.find(({ advice }) => advice === 'run as root'),
    {
      families: ['kernel'],
      instances: 1,
      why: 'the kernel log cannot be read there',
      advice: 'run as root',
    },
  );
});

test('a newer kernel may define more', async () => {
  const { unreached } = await reach({ ...VGEM, release: '9.1.0' });
  assert.ok(unreached.some(({ why }) => /Linux 9\.1\.0 is newer than the description/.test(why)));
});

test.run();
