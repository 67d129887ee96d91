/**
 * The C executor end to end, on what every Linux machine has. Needs a C compiler (and, for the 32-bit build and
 * the builds that are only compiled, cross compilers), so it is not part of `npm test`:
 * `npx tsx conformance/executor/executor.test-native.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'uvu';
import * as assert from 'uvu/assert';
import { runsByKernel } from '../build/emulators.ts';
import { buildExecutor, executorSources, spawnExecutor } from '../link/index.ts';
import { descriptorTests } from './native/descriptors.ts';
import { type Build, type Context, have } from './native/kit.ts';
import { laneTests } from './native/lanes.ts';
import { memoryTests } from './native/memory.ts';
import { netlinkTests } from './native/netlink.ts';
import { opsTests } from './native/ops.ts';
import { processTests } from './native/processes.ts';
import { protectionTests } from './native/protection.ts';
import { repeatTests } from './native/repeat.ts';
import { survivalTests } from './native/survival.ts';

function tests(build: Build): void {
  const it = suite<Context>(build.abi);
  it.before(async context => {
    context.link = await spawnExecutor([build.path]);
    context.folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
  });
  it.after(async ({ link, folder }) => {
    await link.close();
    rmSync(folder, { recursive: true });
  });
  survivalTests(it, build);
  opsTests(it, build);
  memoryTests(it, build);
  descriptorTests(it);
  protectionTests(it);
  processTests(it);
  repeatTests(it);
  netlinkTests(it);
  laneTests(it, build);
  it.run();
}

const ABIS = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i386', arm: 'armhf', riscv64: 'riscv64' } as const;
const abi = ABIS[process.arch as keyof typeof ABIS];
const builds: Build[] = [{ abi, path: await buildExecutor() }];
if (abi === 'x86_64' && have('i686-linux-gnu-gcc')) {
  if (runsByKernel('i386')) builds.push({ abi: 'i386', path: await buildExecutor('i686-linux-gnu-gcc') });
  else
    console.log(
      'i386: not run, the kernel of this machine runs no 32-bit programs; npm run test:kernel meets this build in a virtual machine (qemu:vgem,abi=i386)',
    );
}
// Nothing is awaited from here on: suites that uvu learns of later would run at the same time.
builds.forEach(tests);

const CROSS = [
  'gcc',
  'i686-linux-gnu-gcc',
  'aarch64-linux-gnu-gcc',
  'arm-linux-gnueabihf-gcc',
  'riscv64-linux-gnu-gcc',
];
for (const compiler of CROSS.filter(have)) {
  test(`${compiler} has nothing to warn of`, async () => {
    const folder = await executorSources();
    const flags = '-O2 -static -pthread -Wall -Wextra -Werror -std=gnu11 -o /dev/null';
    const { status, stderr } = spawnSync('sh', ['-c', `${compiler} ${flags} "${folder}"/*.c`]);
    assert.is(status, 0, String(stderr));
  });
}
test.run();
