import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../../cli/version.ts';
import { UsageError } from '../../run/usage-error.ts';
import { openTarget } from '../open.ts';
import { machines } from './machine.ts';
import { openQemu } from './qemu.ts';

test('a machine should know every fault that the module knows, in its order', () => {
  const source = readFileSync(join(packageRoot(), 'reference/module/accelref_fault.c'), 'utf8');
  const names = [...source.matchAll(/\[ACCELREF_FAULT_\w+\] = "([\w-]+)"/g)].map(match => match[1]!);
  const { built } = machines.find(({ name }) => name === 'accelref')!;
  assert.equal(names, ['none', ...built!.faults]);
});

const refusal = (open: () => Promise<unknown>) =>
  open().then(
    () => assert.unreachable('it was opened'),
    (error: Error) => error,
  );

test('a fault that no module has should be refused in one sentence', async () => {
  const unknown = (await refusal(() => openQemu('accelref', { fault: 'leaks' }))) as Error;
  assert.match(unknown.message, /qemu:accelref has no fault leaks: expected one of leak, /);
  const stock = (await refusal(() => openQemu('ethosu', { fault: 'leak' }))) as Error;
  assert.match(stock.message, /only a module of ours has any/);
});

test('a check of the kernel that does not exist should be refused', async () => {
  const error = await refusal(() => openTarget('qemu:ethosu,checks=memry'));
  assert.instance(error, UsageError);
  assert.match((error as Error).message, /memry.*memory/);
});

test.run();
