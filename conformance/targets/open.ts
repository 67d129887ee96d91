/** Opens what a target's name means. */
import { createReference, firstMinor, nodeNames, type ReferenceOptions } from '../../reference/index.ts';
import {
  ABI_NAMES,
  type AbiName,
  catalogue,
  type DriverDescription,
  isModelled,
  modelledDrivers,
} from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { buildExecutor, spawnExecutor } from '../link/index.ts';
import { deviate, inRange } from '../run/explain.ts';
import { asOf } from '../run/identity.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { parseTarget, type TargetName } from './target-name.ts';

export interface OpenOptions {
  /** The user's own kernel image and module folder, for `qemu:`. */
  readonly kernel?: string;
  readonly modules?: readonly string[];
  /** Processors of a virtual machine. */
  readonly cpus?: number;
}

export async function openTarget(text: string, options: OpenOptions = {}): Promise<Target> {
  const name = parseTarget(text);
  if ((options.kernel || options.modules) && name.kind !== 'qemu')
    throw new UsageError(`--kernel and --module go with a target qemu:NAME, not with ${text}`);
  switch (name.kind) {
    case 'reference':
      return openReference(text, name);
    case 'qemu':
      return openMachine(text, name, options);
    case 'exec': {
      const link = await spawnExecutor(name.command, { patience: patience() });
      return { name: text, kind: 'exec', met: 'kernel', link, close: () => link.close() };
    }
    default: {
      const link = await spawnExecutor([await buildExecutor()], { patience: patience(), detached: true });
      return {
        name: text,
        kind: 'device',
        met: 'kernel',
        link,
        nodePath: name.path,
        close: () => link.close(),
      };
    }
  }
}

/**
 * What the limits of the link are multiplied by: above 1 for a machine or a way to it that is slower than they
 * foresee, below 1 in tests of executors that hang. Read here because it belongs to a target, not to a run.
 */
function patience(): number {
  const text = process.env.ACCEL_UAPI_PATIENCE ?? '1';
  const factor = Number(text);
  if (text.trim() === '' || !(factor > 0) || factor > 1000)
    throw new UsageError(
      `ACCEL_UAPI_PATIENCE is ${JSON.stringify(text)}; expected a factor above 0 and at most 1000, for example 4 for a slow machine`,
    );
  return factor;
}

function oneOf<T extends string>(what: string, value: string, known: readonly T[]): T {
  const found = known.find(each => each === value);
  if (found === undefined)
    throw new UsageError(
      `there is no ${what} ${value}${nearest(value, known)}; expected one of ${known.join(', ')}`,
    );
  return found;
}

/** The strict description of a driver, by the name that VERSION reports. */
export function driverNamed(name: string): DriverDescription {
  const { drivers } = catalogue();
  return drivers.get(oneOf('description of a driver named', name, [...drivers.keys()]))!;
}

async function openReference(
  text: string,
  name: Extract<TargetName, { kind: 'reference' }>,
): Promise<Target> {
  const { as, mutant, profile, abi } = name.options;
  const strict = driverNamed(name.driver);
  if (!isModelled(strict))
    throw new UsageError(
      `${text}: of ${strict.name} only the header is described (level ${strict.manifest.level}), so nothing can stand for it; there is a reference of ${modelledDrivers()
        .map(driver => driver.name)
        .join(', ')}`,
    );
  const profiles = Object.keys(strict.manifest.profiles);
  const settings: Omit<ReferenceOptions, 'driver'> & { release?: string } = {
    profile: profile === undefined ? profiles[0]! : oneOf('profile', profile, profiles),
    ...(abi === undefined ? {} : { abi: oneOf<AbiName>('ABI', abi, ABI_NAMES) }),
  };
  let driver = strict;
  if (as !== undefined) {
    const release = /^linux-(\d+\.\d+(\.\d+)?)$/.exec(as)?.[1];
    if (!release) throw new UsageError(`as=${as} is no kernel release; expected as=linux-7.3`);
    driver = asOf(deviate(strict, inRange(strict, release)), release);
    // A release without a patch level is any of its line; the description's own is the one that was read.
    if (!strict.manifest.kernel.startsWith(`${release}.`)) settings.release = release;
  }
  const link =
    mutant === undefined ? createReference({ ...settings, driver }) : await mutated(mutant, driver, settings);
  return {
    name: text,
    kind: 'reference',
    met: 'model',
    link,
    driver: name.driver,
    ...(strict.manifest.node === 'render'
      ? { nodePath: nodeNames('render', firstMinor('render')).path }
      : {}),
    close: () => link.close(),
  };
}

async function mutated(id: string, driver: DriverDescription, settings: Omit<ReferenceOptions, 'driver'>) {
  const { createMutant, mutants } = await import('../../reference/index.ts');
  oneOf(
    'mutant',
    id,
    mutants
      .filter(mutant => mutant.driver === driver.name || mutant.driver === 'drm')
      .map(mutant => mutant.id),
  );
  return createMutant(mutants.find(mutant => mutant.id === id)!, { ...settings, driver });
}

/** The allocator's own checks: what is freed or beyond a piece of memory is poisoned, and looked at later. */
const CHECKS = { memory: ['slab_debug=FZP'] } as const;

async function openMachine(
  text: string,
  name: Extract<TargetName, { kind: 'qemu' }>,
  options: OpenOptions,
): Promise<Target> {
  const { openQemu } = await import('./qemu/index.ts');
  const { checks } = name.options;
  const wanted = {
    ...(checks === undefined ? {} : { parameters: CHECKS[oneOf('check of the kernel', checks, ['memory'])] }),
    ...(name.options.fault === undefined ? {} : { fault: name.options.fault }),
    ...(name.options.profile === undefined ? {} : { profile: name.options.profile }),
    ...(name.options.abi === undefined ? {} : { abi: oneOf<AbiName>('ABI', name.options.abi, ABI_NAMES) }),
    ...(options.kernel ? { kernel: options.kernel } : {}),
    ...(options.modules ? { modules: options.modules } : {}),
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
  };
  let machine = await openQemu(name.machine, wanted);
  return {
    name: text,
    kind: 'qemu',
    met: 'kernel',
    get link() {
      return machine.link;
    },
    nodePath: machine.node,
    postmortem: async () => machine.console.tail().join('\n'),
    async reopen() {
      await machine.close();
      machine = await openQemu(name.machine, wanted);
    },
    close: () => machine.close(),
  };
}
