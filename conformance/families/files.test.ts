import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checks } from '../../schemas/index.ts';
import { model } from '../plan/model.ts';
import { context } from './context.test.helper.ts';
import { filesFamily } from './files.ts';

test('a driver that neither makes nor takes in buffers should have no case', () => {
  const vgem = context('vgem');
  assert.equal(filesFamily({ ...vgem, driver: { ...vgem.driver, primary: new Map() } }), []);
  assert.ok(filesFamily(vgem).length > 0);
});

test('every call should be made well, and every check should have its case', () => {
  const ethosu = context('ethosu');
  const instances = filesFamily(ethosu).flatMap(each => each.instances);
  const ids = instances.map(({ clause, instance }) => `${clause}@${instance}`);
  assert.is(new Set(ids).size, ids.length, 'an instance stands there twice');
  for (const call of ethosu.driver.files.values()) {
    assert.ok(ids.includes(`files.call@${call.name}`), call.name);
    for (const { clause, check } of checks(call.semantics.body))
      assert.ok(
        ids.some(id => id.startsWith(`${clause}@${call.name}`)),
        `${call.id}.${check}`,
      );
  }
});

test('every control should succeed on the model', () => {
  const ethosu = context('ethosu');
  for (const { name, program, labels, instances } of filesFamily(ethosu)) {
    const outcomes = model(ethosu, program);
    for (const { controls, notReached } of instances) {
      assert.is(notReached, undefined, name);
      for (const step of controls) assert.is(outcomes[step]!.errno, undefined, `${name}: ${labels[step]}`);
    }
  }
});

test.run();
