import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Selection } from './select.ts';

const zero = { clause: 'handle.zero', instance: 'DRM_IOCTL_ETHOSU_BO_WAIT.handle' } as const;

test('a query should match families, clauses and instances', () => {
  for (const query of [
    undefined,
    'handle',
    'handle.zero',
    'handle.z*',
    '*',
    'handle@*BO_WAIT*',
    'output,handle.zero',
    'handle.zero@DRM_IOCTL_ETHOSU_BO_WAIT.handle',
  ]) {
    assert.is(new Selection(query).has(zero), true, String(query));
  }
  for (const query of ['output', 'handle.zer', 'handle.zero@*BO_CREATE*', 'handle.zero@DRM'])
    assert.is(new Selection(query).has(zero), false, query);
});

test('what a pattern with ! matches should be left out', () => {
  for (const query of ['!handle', '!handle.zero', 'handle,!*@*BO_WAIT*', '*,!handle.zero'])
    assert.is(new Selection(query).has(zero), false, query);
  for (const query of ['!output', 'handle,!handle.closed', '!handle@*BO_CREATE*'])
    assert.is(new Selection(query).has(zero), true, query);
  const selection = new Selection('!handle.zero,!outptu');
  selection.has(zero);
  assert.equal(selection.unused, ['!outptu']);
  assert.is(selection.only([zero]), false);
});

test('a pattern that matched nothing should be told', () => {
  const selection = new Selection('handle, outptu');
  selection.has(zero);
  assert.equal(selection.unused, ['outptu']);
});

test('a selection of kernel clauses alone should be known as such', () => {
  const kernel = [{ clause: 'kernel.log', instance: 'kernel' }] as const;
  assert.is(new Selection('kernel.log').only(kernel), true);
  assert.is(new Selection('kernel').only(kernel), true);
  assert.is(new Selection('kernel,handle').only(kernel), false);
});

test.run();
