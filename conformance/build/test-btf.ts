/**
 * `npm run test:btf`: every struct and enum of the facts beside the types that stock kernels and their modules were
 * built with. Nothing is booted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '../../schemas/index.ts';
import type { Facts } from '../../schemas/layout/index.ts';
import type { AbiName } from '../../schemas/program/program.ts';
import { packageRoot } from '../cli/version.ts';
import { architectures, DRIVER_MODULES, fetchKernel } from '../targets/qemu/index.ts';
import { type BtfReport, compareWithBtf } from './btf/compare-btf.ts';
import { kernelBtf } from './btf/kernel-image.ts';
import { Btf } from './btf/read-btf.ts';
import { sectionOf } from './elf-section.ts';
import { factsFor, readFactsFolder } from './facts-for.ts';
import { typesFor } from './read-headers.ts';
import { check, closeTally } from './tally.ts';

/** Their drivers' modules; `drm` comes along with each. */
const KERNELS = (['amd64', 'arm64'] as const).map(architecture => ({
  architecture,
  wanted: DRIVER_MODULES[architecture],
}));

/** Headers that no driver owns, and what uses them: the core's module, or the kernel itself. */
const SHARED: Readonly<Record<string, string>> = {
  'drm/drm.h': 'drm',
  'drm/drm_mode.h': 'drm',
  'linux/dma-buf.h': 'vmlinux',
  'linux/sync_file.h': 'vmlinux',
  'asm-generic/poll.h': 'vmlinux',
  'asm-generic/fcntl.h': 'vmlinux',
};

function tell(where: string, header: string, report: BtfReport): void {
  const { types, members, values, differences, unused } = report;
  const good = differences.length === 0 && types + values > 0;
  const compared = `${types} structs with ${members} members and ${values} enum values compared`;
  check(`${where}, ${header}`, good, `${compared}, ${differences.length} differences`);
  for (const each of differences) console.log(`         ${each}`);
  if (types + values === 0) console.log('         nothing of the header is in these types');
  const missing = unused.types.length > 0 ? `: ${unused.types.join(' ')}` : '';
  console.log(`         not in these types: ${unused.types.length} structs${missing}`);
  if (unused.values.length > 0)
    console.log(
      `         not in these types: ${unused.values.length} enum values: ${unused.values.join(' ')}`,
    );
}

/** Header to the module that uses it. */
function owners(): Map<string, string> {
  const drivers = [...catalogue().drivers.values()].map(
    ({ manifest }) => [manifest.header, manifest.module] as const,
  );
  return new Map([...Object.entries(SHARED), ...drivers]);
}

async function compareKernel(
  { architecture, wanted }: (typeof KERNELS)[number],
  folder: string,
): Promise<void> {
  const report = (line: string) => console.log(line);
  const kernel = await fetchKernel({ architecture, wanted, report });
  const { facts: from, version, what } = await factsFor(kernel.version, join(folder, 'facts'));
  console.log(`${kernel.package} ${kernel.version}: ${what}`);
  if (version !== kernel.version) throw new Error(`the mirror has no linux-libc-dev ${kernel.version}`);
  const all = readFactsFolder(from);
  const abi: AbiName = architectures[architecture].abi;
  const base = new Btf(await kernelBtf(kernel.vmlinuz, folder));
  const btfOf = (module: string): Btf =>
    module === 'vmlinux'
      ? base
      : new Btf(sectionOf(readFileSync(join(kernel.modules, `${module}.ko`)), '.BTF'), base);
  const owner = owners();
  for (const module of ['vmlinux', 'drm', ...wanted]) {
    const headers = all.filter(({ header }) => owner.get(header) === module);
    const btf = btfOf(module);
    for (const facts of headers) {
      tell(`${architecture} ${module}`, facts.header, compareWithBtf(facts, typesFor(facts, all), abi, btf));
    }
  }
}

/** What is nowhere compared, so that nobody takes silence for agreement. */
function tellRest(all: readonly Facts[]): void {
  const looked = new Set(['vmlinux', 'drm', ...KERNELS.flatMap(({ wanted }) => wanted)]);
  const owner = owners();
  for (const { header, types, enums } of all) {
    const module = owner.get(header);
    if (module !== undefined && looked.has(module)) continue;
    const why =
      types.length + enums.length === 0
        ? 'it has neither structs nor enums'
        : module === undefined
          ? 'no stock module of the mirror is built with it'
          : `no stock kernel of the mirror has the module ${module}`;
    console.log(`not compared: ${header}: ${why}`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-btf-'));
try {
  for (const kernel of KERNELS) await compareKernel(kernel, folder);
  tellRest(readFactsFolder(join(packageRoot(), 'schemas/facts')));
} catch (error) {
  check('the types of stock kernels', false, (error as Error).message);
} finally {
  rmSync(folder, { recursive: true });
}
closeTally();
