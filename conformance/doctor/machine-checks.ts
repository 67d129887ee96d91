/** What this machine has for any target. */
import { architectures, FETCH_TOOLS, packageOf, START_TOOLS, type Tool } from '../targets/qemu/index.ts';
import { type Check, missing, note, there } from './check.ts';
import type { Probes } from './probes.ts';

/** The oldest Node that package.json allows (engines). */
const LEAST_NODE = [20, 19] as const;

const install = (...tools: Tool[]): string => `apt install ${[...new Set(tools.map(packageOf))].join(' ')}`;

export function nodeCheck({ nodeVersion }: Probes): Check {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const fits = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return fits
    ? there('node', 'Node.js', nodeVersion)
    : missing(
        'node',
        'Node.js',
        `${nodeVersion} is too old`,
        `install Node.js ${LEAST_NODE.join('.')} or newer (Debian 13: apt install nodejs)`,
      );
}

/** A program, with the package that holds it. */
export function toolCheck(probes: Probes, tool: Tool, what: string): Check {
  return probes.hasProgram(tool)
    ? there(tool, what, tool)
    : missing(tool, what, `${tool} is not in PATH`, install(tool));
}

/** Several programs that are of use together only. */
export function toolsCheck(probes: Probes, id: string, tools: readonly Tool[], what: string): Check {
  const absent = tools.filter(tool => !probes.hasProgram(tool));
  return absent.length === 0
    ? there(id, what, tools.join(', '))
    : missing(id, what, `${absent.join(', ')} not in PATH`, install(...absent));
}

/** The executor is linked statically, so that it runs anywhere. */
export async function compilerCheck(probes: Probes, tool?: Tool, what = 'C compiler'): Promise<Check> {
  const compiler = tool ?? probes.compiler;
  const advice = tool === undefined ? `${install('gcc')}, or set CC` : install(tool);
  if (!probes.hasProgram(compiler)) return missing('compiler', what, `${compiler} is not in PATH`, advice);
  return (await probes.linksStatic(compiler))
    ? there('compiler', what, compiler)
    : missing('compiler', what, `${compiler} has no libc.a to link statically with`, advice);
}

/** Where kernels come from. */
export async function packagesCheck(probes: Probes): Promise<Check> {
  const what = 'kernel packages';
  const own = 'or give --kernel and --module';
  const absent = FETCH_TOOLS.filter(tool => !probes.hasProgram(tool));
  if (absent.length > 0)
    return missing(
      'packages',
      what,
      `${absent.join(', ')} not in PATH`,
      absent.includes('apt-get') ? `fetch them on a Debian system, ${own}` : `${install(...absent)}, ${own}`,
    );
  const suites = await probes.suites();
  return suites
    ? there('packages', what, `apt has a source for ${suites.join(', ')}`)
    : missing('packages', what, 'apt has no Debian source', `add one below /etc/apt, ${own}`);
}

export function kernelLogCheck(probes: Probes): Check {
  const what = 'kernel log';
  const why = probes.cannotOpen('/dev/kmsg');
  return why === ''
    ? there('log', what, 'can be read and marked')
    : note('log', what, `/dev/kmsg may not be opened (${why})`, 'run as root');
}

/** Emulation needs none; said since a user may look for it. */
function kvmCheck(probes: Probes): Check {
  const found = probes.cannotOpen('/dev/kvm') === '' ? 'there' : 'not there';
  return note('kvm', 'KVM', `${found}; machines are emulated and do not use it`);
}

export async function machineChecks(probes: Probes): Promise<Check[]> {
  const compilers = Object.values(architectures)
    .flatMap(({ compilers }) => Object.entries(compilers))
    .filter(([, tool]) => tool !== 'gcc');
  return [
    nodeCheck(probes),
    await compilerCheck(probes),
    ...(await Promise.all(
      compilers.map(async ([abi, tool]) => ({
        ...(await compilerCheck(probes, tool, `C compiler for ${abi}`)),
        id: `compiler-${abi}`,
      })),
    )),
    ...Object.values(architectures).map(({ qemu, name }) => toolCheck(probes, qemu, `QEMU for ${name}`)),
    toolsCheck(probes, 'device-tree', architectures.arm64.tools, 'device tree compiler'),
    toolsCheck(probes, 'start', START_TOOLS, 'to start QEMU'),
    await packagesCheck(probes),
    kernelLogCheck(probes),
    kvmCheck(probes),
  ];
}
