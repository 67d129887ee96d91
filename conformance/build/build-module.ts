/** Builds the reference module for both kernels and prints where it lies: `tsx conformance/build/build-module.ts`. */
import { buildModule, type ModuleKernel } from '../targets/qemu/index.ts';

const refresh = process.argv.includes('--refresh');
for (const kernel of ['6.12', 'newest'] satisfies ModuleKernel[]) {
  const start = performance.now();
  const { ko, release } = await buildModule({
    source: 'reference/module',
    kernel,
    arch: 'amd64',
    refresh,
    report: line => process.stderr.write(`${line}\n`),
  });
  console.log(`${release}\t${ko}\t${((performance.now() - start) / 1000).toFixed(1)} s`);
}
