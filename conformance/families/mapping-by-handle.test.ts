import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { model } from '../plan/model.ts';
import { context } from './context.test.helper.ts';
import { mappedKinds, unsayable } from './handle-offsets.ts';
import { mappingByHandle } from './mapping-by-handle.ts';

const own = context('habanalabs');
const wide = { ...own, hello: { ...own.hello, pageSize: 65536 } };
const narrow = { ...own, hello: { ...own.hello, abi: 'i386' as const } };

test('what is mapped at its handle should be found in the description, with the pages of each size', () => {
  const kinds = (of: typeof own) =>
    mappedKinds(of).map(({ resource, creator, sizes }) => [
      resource,
      creator.name,
      sizes.map(({ bytes }) => Number(bytes) / of.hello.pageSize),
    ]);
  assert.equal(kinds(own), [
    ['cb', 'DRM_IOCTL_HL_CB', [1, 1, 512]],
    ['ts_buffer', 'DRM_IOCTL_HL_MEMORY', [1, 1, 17]],
  ]);
  assert.equal(kinds(wide), [
    ['cb', 'DRM_IOCTL_HL_CB', [1, 1, 32]],
    ['ts_buffer', 'DRM_IOCTL_HL_MEMORY', [1, 1, 2]],
  ]);
  for (const name of ['ethosu', 'amdxdna', 'vgem']) assert.equal(mappedKinds(context(name)), [], name);
});

test('each check of the mapping should be met by some probe, between controls that succeed', () => {
  for (const each of [own, wide]) {
    const met = new Set<string>();
    for (const { name, program, instances } of mappingByHandle(each)) {
      const ends = model(each, program);
      for (const { controls, probes } of instances) {
        assert.ok(probes.length > 0, name);
        for (const step of controls) assert.is(ends[step]!.errno, undefined, `${name}: step ${step}`);
        for (const step of probes) {
          assert.not.ok(ends[step]!.open, `${name}: step ${step} is decided`);
          if (ends[step]!.rule) met.add(ends[step]!.rule!.check);
        }
      }
    }
    assert.equal([...met].sort(), ['longer', 'mapped-already', 'nothing-there', 'shorter']);
  }
});

test('a 32-bit program should say why it maps nothing', () => {
  for (const kind of mappedKinds(own)) {
    assert.is(unsayable(own, kind), undefined);
    assert.match(unsayable(narrow, kind) ?? '', /32-bit program/);
  }
  const instances = mappingByHandle(narrow).flatMap(each => each.instances);
  assert.is(instances.length, mappingByHandle(own).length);
  assert.ok(instances.every(({ notReached }) => notReached !== undefined));
});

test.run();
