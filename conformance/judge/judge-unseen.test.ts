/** What is told of objects that a call made and whose handle nobody saw. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference } from '../../reference/index.ts';
import { errnoName } from '../../schemas/index.ts';
import { context } from '../families/context.test.helper.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR } from '../plan/context.ts';
import { kindThat } from '../plan/payloads.ts';
import { judge } from './judge.ts';

test('memory whose handle could not be written should leave open how much the file has', async () => {
  const planned = context('habanalabs');
  const { driver, hello, params, minor, nodePath } = planned;
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, planned);
  const { fd } = builder.open(nodePath, O_RDWR);
  const memory = driver.calls.get('DRM_IOCTL_HL_MEMORY')!;
  const made = maker.good(fd, memory, { access: 'read' })!.step;
  const info = driver.calls.get('DRM_IOCTL_HL_INFO')!;
  maker.good(
    fd,
    info,
    {},
    kindThat(info, ({ label }) => label === 'dram usage'),
  );
  const trace = await createReference({ driver, profile: 'gaudi2' }).run(builder.build());
  assert.equal(
    trace.results.map(({ errno }) => (errno === 0 ? '' : errnoName(errno))),
    ['', 'EFAULT', ''],
  );
  assert.is(made, 1);
  const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
  assert.equal(
    judge(trace, setup).flatMap(({ differences }) => differences),
    [],
  );
});

test.run();
