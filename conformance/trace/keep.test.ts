import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { same, traceName } from './keep.ts';
import { keptTraces, MUTANT } from './mutant-traces.test.helper.ts';
import type { TraceFile } from './trace-file.ts';

const it = suite('keep');
const difference: Difference = { step: 3, kind: 'outcome', expected: 'EINVAL', observed: 'success' };

it('takes differences for one wherever they show, and bytes for one whatever their values', () => {
  assert.ok(same(difference, { ...difference, step: 9 }));
  assert.not(same(difference, { ...difference, observed: 'ENOENT' }));
  assert.not(same(difference, { ...difference, field: 'handle' }));
  assert.not(same(difference, { ...difference, kind: 'return' }));
  const bytes: Difference = { ...difference, kind: 'bytes' };
  assert.ok(same(bytes, { ...bytes, observed: '17' }));
});

it('names a file by clause and instance, without what a shell or a folder minds', () => {
  assert.is(
    traceName({ clause: 'handle.zero', instance: 'DRM_IOCTL_GEM_CLOSE.handle' }),
    'handle.zero@DRM_IOCTL_GEM_CLOSE.handle.json',
  );
  assert.is(traceName({ clause: 'model.outcome', instance: '../a b/*$(x)' }), 'model.outcome@..-a-b-x-.json');
});

it('keeps one small trace for each violated clause, which holds to its schema', async () => {
  const kept = await keptTraces(MUTANT, 'reserved');
  assert.ok(kept.size > 0);
  for (const [name, file] of kept) {
    validate<TraceFile>('trace', name, JSON.parse(JSON.stringify(file)));
    const { finding, program, target } = file;
    assert.is(name, traceName(finding as never));
    assert.is(target.name, MUTANT);
    assert.is(finding.call, 'DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET');
    assert.is(finding.expected, 'EINVAL');
    assert.is(finding.step, program.steps.length - 1, 'nothing follows what shows the difference');
    assert.ok(program.steps.length <= 4, `${program.steps.length} steps`);
    assert.is(file.device, undefined);
  }
});

it('keeps nothing of a driver that conforms', async () => {
  assert.is((await keptTraces('reference:ethosu', 'reserved')).size, 0);
});

it.run();
