import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMutant, createReference, mutantById, profileParams } from '../../reference/index.ts';
import { catalogue, type Link } from '../../schemas/index.ts';
import { jobFamily } from './job.ts';

const NODE = '/dev/accel/accel0';
const NEW = /^(blame|recovery)\..*|lost$/;

async function looks(name: string, mutant?: string): Promise<string[]> {
  const driver = catalogue().drivers.get(name)!;
  const profile = Object.keys(driver.manifest.profiles)[0]!;
  const link: Link = mutant
    ? createMutant(mutantById(mutant)!)
    : createReference({ driver, profile, restarts: true });
  const params = profileParams(driver, profile);
  const context = { driver, hello: link.hello, params, nodePath: NODE, minor: 0, minors: [0], seed: 1 };
  const found: string[] = [];
  for (const one of jobFamily(context).filter(each => NEW.test(each.name))) {
    await link.device!(one.device ?? 'complete');
    const trace = await link.run(one.program);
    const [{ look }] = one.instances as [(typeof one.instances)[0]];
    const key = one.name.replace(/DRM_IOCTL_\w+_SUBMIT/, 'submit');
    found.push(`${key} ${one.device ?? ''} ${one.tier ?? ''}: ${look!(trace) ?? 'right'}`);
  }
  return found;
}

test('the first job alone should hang or fail, and one whose place is lost only be tried on request', async () => {
  assert.equal(await looks('ethosu'), [
    'failure.submit.lost lost destructive: right',
    'recovery.submit  : right',
    'blame.submit hang-once : right',
    'recovery.submit.after hang-once : right',
  ]);
  // Its jobs say themselves how they end.
  assert.equal(await looks('accelref'), [
    'recovery.submit  : right',
    'blame.submit  : right',
    'recovery.submit.after  : right',
  ]);
});

test('whoever is blamed for the job of another should be seen', async () => {
  const text = 'the sync file of a job of another client behind it has the status';
  assert.match((await looks('ethosu', 'blame.all-blamed')).join('\n'), `${text} -125, expected 1 (done)`);
  assert.match((await looks('accelref', 'blame.accelref-all-blamed')).join('\n'), `${text} -5, expected`);
});

test('a device that is dead after a hang should be seen, for one client too', async () => {
  const [, , , after] = await looks('ethosu', 'blame.client-stays-dead');
  assert.match(after!, /recovery.submit.after hang-once : the wait of 5 s/);
});

test.run();
