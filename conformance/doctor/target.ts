/** What one target takes, whether that is here, and what would stay out of reach there. */
import type { Doctor } from '../../schemas/index.ts';
import type { Tier } from '../plan/case.ts';
import { UsageError } from '../run/usage-error.ts';
import { architectures, findMachine, type Machine, machines, START_TOOLS } from '../targets/qemu/index.ts';
import { driverNamed } from '../targets/reference.ts';
import { parseTarget, type TargetName } from '../targets/target-name.ts';
import { type Check, missing, note, there } from './check.ts';
import { compilerCheck, kernelLogCheck, packagesCheck, toolCheck, toolsCheck } from './machine-checks.ts';
import { driverOfModule, moduleOf, nodeCheck } from './nodes.ts';
import type { Probes } from './probes.ts';
import type { Circumstances, reach } from './reach.ts';

type Report = NonNullable<Doctor['target']>;

/** What a kind of target takes, and what is known of it before it is opened. */
interface Needs {
  readonly checks: readonly Check[];
  readonly driver?: string;
  /** Absent when the driver cannot be told. */
  readonly circumstances?: Omit<Circumstances, 'tier'>;
}

const moduleNameOf = (machine: Machine): string | undefined => machine.built?.name ?? machine.modules.at(-1);

/** Where somebody plays the device of a driver. */
function playedAdvice(driver: string): string {
  const machine = machines.find(each => each.played && driverOfModule(moduleNameOf(each))?.name === driver);
  return machine
    ? `the target qemu:${machine.name}, or reference:${driver}`
    : `the target reference:${driver}`;
}

function referenceNeeds(text: string, name: Extract<TargetName, { kind: 'reference' }>): Needs {
  const { name: driver } = driverNamed(name.driver);
  return {
    checks: [there('reference', 'reference', 'part of accel-uapi')],
    driver,
    circumstances: { reference: text },
  };
}

async function deviceNeeds(probes: Probes, path: string): Promise<Needs> {
  const module = moduleOf(probes, path);
  const driver = driverOfModule(module);
  const log = kernelLogCheck(probes);
  const checks = [await compilerCheck(probes), nodeCheck(probes, path), log];
  if (!driver) {
    const found = module === undefined ? 'the driver cannot be told yet' : `none for ${module}`;
    checks.push(note('description', 'description', `${found}; level L0 without one`));
    return { checks };
  }
  checks.push(there('description', 'description', `${driver.name}, level ${driver.manifest.level}`));
  return {
    checks,
    driver: driver.name,
    circumstances: {
      reference: `reference:${driver.name}`,
      release: probes.release,
      noMoods: { advice: playedAdvice(driver.name) },
      ...(log.state === 'ok' ? {} : { noLog: { advice: 'run as root' } }),
    },
  };
}

async function kernelChecks(
  probes: Probes,
  machine: Machine,
): Promise<{ checks: Check[]; release?: string }> {
  const { name, transport } = architectures[machine.architecture];
  const cached = probes.cachedKernel({
    architecture: name,
    wanted: [...transport, ...machine.modules],
    ...(machine.image === undefined ? {} : { image: machine.image }),
  });
  const own = machine.built;
  const checks = [
    cached
      ? there('kernel', 'kernel', `${cached.package} ${cached.version}, in the cache`)
      : note('kernel', 'kernel', 'not in the cache; fetched at the first use (about 100 MB)'),
  ];
  const hasModule = own === undefined || (cached !== undefined && probes.hasModule(own.name, cached.release));
  if (own)
    checks.push(
      hasModule
        ? there('module', 'module', `${own.name}, compiled for ${cached!.release}`)
        : note('module', 'module', `${own.name} is compiled at the first use; its compiler is fetched`),
    );
  // What the cache holds takes neither apt nor network.
  if (!cached || !hasModule) checks.push(await packagesCheck(probes));
  return { checks, ...(cached ? { release: cached.release } : {}) };
}

async function machineNeeds(probes: Probes, name: Extract<TargetName, { kind: 'qemu' }>): Promise<Needs> {
  const { machine, profile } = findMachine(name.machine, name.options.profile);
  const { qemu, compilers, abi: own, tools } = architectures[machine.architecture];
  const abi = name.options.abi ?? own;
  const compiler = Object.entries(compilers).find(([each]) => each === abi)?.[1];
  if (!compiler)
    throw new UsageError(
      `qemu:${machine.name} runs no programs of the ABI ${abi}; expected one of ${Object.keys(compilers).join(', ')}`,
    );
  const kernel = await kernelChecks(probes, machine);
  const driver = driverOfModule(moduleNameOf(machine));
  return {
    checks: [
      toolCheck(probes, qemu, `QEMU for ${machine.architecture}`),
      await compilerCheck(probes, compiler, `C compiler for ${abi}`),
      ...(tools.length > 0 ? [toolsCheck(probes, 'device-tree', tools, 'device tree compiler')] : []),
      toolsCheck(probes, 'start', START_TOOLS, 'to start QEMU'),
      ...kernel.checks,
    ],
    ...(driver
      ? {
          driver: driver.name,
          circumstances: {
            reference: `reference:${driver.name},profile=${profile.name},abi=${abi}`,
            ...(kernel.release ? { release: kernel.release } : {}),
            ...(machine.played ? {} : { noMoods: { advice: playedAdvice(driver.name) } }),
          },
        }
      : {}),
  };
}

function commandNeeds(probes: Probes, [program = '']: readonly string[]): Needs {
  return {
    checks: [
      probes.hasProgram(program)
        ? there('command', 'command', program)
        : missing('command', 'command', `${program} is not in PATH`, `install it, or give its whole path`),
      note('description', 'description', 'the driver is known once the command answers'),
    ],
  };
}

function needsOf(probes: Probes, text: string, name: TargetName): Needs | Promise<Needs> {
  switch (name.kind) {
    case 'reference':
      return referenceNeeds(text, name);
    case 'device':
      return deviceNeeds(probes, name.path);
    case 'exec':
      return commandNeeds(probes, name.command);
    default:
      return machineNeeds(probes, name);
  }
}

/** Throws UsageError or QemuError for a name that means no target. */
export async function targetReport(
  probes: Probes,
  text: string,
  tier: Tier,
  reaches: typeof reach,
): Promise<Report> {
  const name = parseTarget(text);
  const { checks, driver, circumstances } = await needsOf(probes, text, name);
  const found = circumstances ? await reaches({ ...circumstances, tier }) : { instances: 0, unreached: [] };
  return {
    name: text,
    kind: name.kind,
    opens: checks.every(({ state }) => state !== 'missing'),
    ...(driver === undefined ? {} : { driver }),
    checks: [...checks],
    tier,
    ...found,
  };
}
