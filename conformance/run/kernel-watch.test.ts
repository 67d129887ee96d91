import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFault, taintLetters } from './kernel-log.ts';
import { KernelWatch } from './kernel-watch.ts';

const verdicts = (watch: KernelWatch, cut = '') =>
  watch.verdicts(10, cut).map(({ clause, verdict }) => `${clause} ${verdict}`);

test('reports of the kernel about itself should be faults, ordinary lines should not', () => {
  for (const line of [
    'WARNING: CPU: 0 PID: 71 at drivers/gpu/drm/drm_gem.c:150 drm_gem_x+0x1/0x2',
    'BUG: kernel NULL pointer dereference, address: 0000000000000000',
    'kernel BUG at mm/slub.c:300!',
    'Unable to handle kernel paging request at virtual address dead000000000100',
    'Internal error: Oops: 0000000096000004 [#1] SMP',
    'BUG: KASAN: slab-out-of-bounds in x',
    'UBSAN: shift-out-of-bounds in drivers/x.c:1',
    'INFO: task accel:12 blocked for more than 120 seconds.',
    'refcount_t: underflow; use-after-free.',
    'Kernel panic - not syncing: Fatal exception',
  ]) {
    assert.is(isFault(line), true, line);
  }
  for (const line of [
    'ethosu 5f000000.npu: Ethos-U NPU, arch v1.0.6',
    '[drm] Failed to look up GEM BO 0',
    'loading module warning-free',
    'DEBUG: nothing',
  ]) {
    assert.is(isFault(line), false, line);
  }
});

test('taint that was there before should not count', () => {
  const watch = new KernelWatch({ taint: 12288n, log: true });
  watch.tainted(12288n);
  assert.equal(verdicts(watch), ['kernel.log conforms', 'kernel.taint conforms', 'kernel.alive conforms']);
  watch.tainted(12288n | 512n);
  assert.is(verdicts(watch)[1], 'kernel.taint violates');
  assert.is(taintLetters(512n), 'W');
});

test('a log that cannot be read should never be green, and a cut run should be unknown', () => {
  assert.is(verdicts(new KernelWatch({ taint: 0n, log: false }))[0], 'kernel.log not reached');
  assert.equal(verdicts(new KernelWatch({ taint: 0n, log: true }), 'lost'), [
    'kernel.log unknown',
    'kernel.taint unknown',
    'kernel.alive unknown',
  ]);
});

test('a panic on the console should be a violation, not trouble of the kit', () => {
  const watch = new KernelWatch({ taint: 0n, log: true });
  watch.console('handle/x', 'booting\nKernel panic - not syncing: Attempted to kill init!\n');
  const [log] = watch.verdicts(3, 'the link was lost');
  assert.is(log!.verdict, 'violates');
  assert.match(log!.reason, /handle\/x .*Kernel panic/);
});

test.run();
