/** Opens what a target's name means. */
import { ABI_NAMES, type AbiName } from '../../schemas/index.ts';
import { buildExecutor, spawnExecutor } from '../link/index.ts';
import { netlinkProfiles } from '../netlink/profiles.ts';
import { openNetlinkReference } from '../netlink/reference.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { servedHere } from '../supervisor/mood.ts';
import { oneOf, openReference } from './reference.ts';
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
      return netlinkProfiles.has(name.driver)
        ? openNetlinkReference(text, name.driver, name.options)
        : openReference(text, name);
    case 'qemu':
      return openMachine(text, name, options);
    case 'exec': {
      const link = await spawnExecutor(name.command, { patience: patience() });
      return { name: text, kind: 'exec', met: 'kernel', link, close: () => link.close() };
    }
    default: {
      const spawned = await spawnExecutor([await buildExecutor()], { patience: patience(), detached: true });
      const device = servedHere();
      const link = device ? Object.assign(spawned, { device }) : spawned;
      return {
        name: text,
        kind: 'device',
        met: device ? 'model' : 'kernel',
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
    ...(netlinkProfiles.has(name.machine) ? { netlink: name.machine } : { nodePath: machine.node }),
    postmortem: async () => machine.console.tail().join('\n'),
    async reopen() {
      await machine.close();
      machine = await openQemu(name.machine, wanted);
    },
    close: () => machine.close(),
  };
}
