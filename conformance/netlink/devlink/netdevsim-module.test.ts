import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRMWARE_FILES } from '../../../reference/index.ts';
import { packageRoot } from '../../cli/version.ts';
import { machines } from '../../targets/qemu/machine.ts';

const machine = machines.find(({ name }) => name === 'netdevsim')!;

test('every object of the module should have its source among the kernel files that are fetched', () => {
  const kbuild = readFileSync(join(packageRoot(), machine.built!.source, 'Kbuild'), 'utf8');
  const objects = [...kbuild.matchAll(/^netdevsim-\S.*?= (.*)$/gm)].flatMap(([, list]) => list!.split(' '));
  const sources = machine.built!.borrowed!.paths.filter(path => path.endsWith('.c'));
  assert.equal(objects.sort(), sources.map(path => path.replace(/^.*\//, '').replace(/c$/, 'o')).sort());
  assert.ok(sources.every(path => path.startsWith('drivers/net/netdevsim/')));
});

test('the machine should have the images of firmware that the model knows, with their sizes', () => {
  assert.equal(
    machine.files!.map(({ name, data }) => [name, data.length]),
    FIRMWARE_FILES.map(([name, bytes]) => [`lib/firmware/${name}`, bytes]),
  );
});

test.run();
