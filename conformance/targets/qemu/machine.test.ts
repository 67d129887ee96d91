import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { QemuError } from './errors.ts';
import {
  findMachine,
  MEMORY_BASE,
  MEMORY_SIZE,
  machines,
  REGISTER_BASE,
  REGISTER_LENGTH,
} from './machine.ts';

function refusal(name: string, profile?: string): QemuError {
  try {
    findMachine(name, profile);
  } catch (error) {
    return error as QemuError;
  }
  throw new Error('nothing was refused');
}

test('the first profile is the default; case does not matter', () => {
  assert.is(findMachine('ethosu').profile.name, 'u65');
  assert.is(findMachine('ethosu', 'U85').profile.compatible, 'arm,ethos-u85');
});

test('unknown names are answered with the known ones', () => {
  assert.is(
    refusal('ethos').message,
    `There is no virtual machine qemu:ethos: the known ones are ${machines.map(({ name }) => `qemu:${name}`).join(', ')}.`,
  );
  assert.is(
    refusal('ethosu', 'u55').message,
    'qemu:ethosu has no hardware profile u55: the known ones are u65, u85.',
  );
  assert.is(refusal('').kind, 'no-machine');
});

test('registers lie in memory and presets lie in the registers', () => {
  assert.ok(REGISTER_BASE >= MEMORY_BASE && REGISTER_BASE + REGISTER_LENGTH <= MEMORY_BASE + MEMORY_SIZE);
  for (const { offset } of machines.flatMap(({ profiles }) => profiles).flatMap(({ presets }) => presets)) {
    assert.ok(offset % 4 === 0 && offset + 4 <= REGISTER_LENGTH);
  }
});

test.run();
