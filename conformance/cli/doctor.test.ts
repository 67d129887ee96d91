/** The doctor on the machine that runs the tests, whatever it has. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Doctor, validate } from '../../schemas/index.ts';
import { runDoctor } from './doctor.ts';

async function doctor(
  target: string | undefined,
  format?: 'json',
): Promise<{ status: number; text: string }> {
  let text = '';
  const status = await runDoctor(target, { tier: 'reversible', ...(format ? { format } : {}) }, more => {
    text += more;
  });
  return { status, text };
}

test('the machine is described in plain lines of at most 80 columns, or as JSON that holds to its schema', async () => {
  const { status, text } = await doctor(undefined);
  assert.is(status, 0);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  const found = validate<Doctor>('doctor', 'doctor', JSON.parse((await doctor(undefined, 'json')).text));
  assert.is(found.target, undefined);
  for (const { state, advice, id } of found.checks) if (state === 'missing') assert.ok(advice, id);
});

test('a target that cannot be opened ends with 3, and no advice names a host', async () => {
  const { status, text } = await doctor('exec:/nowhere/executor', 'json');
  assert.is(status, 3);
  assert.is(validate<Doctor>('doctor', 'doctor', JSON.parse(text)).target!.opens, false);
  assert.not.match(text, /:\/\//);
  assert.is((await doctor(`exec:${process.execPath}`)).status, 0);
});

test.run();
