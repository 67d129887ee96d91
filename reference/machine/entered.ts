/**
 * What a call has found once it has begun. The kernel looks a descriptor, a device and handles up one time and holds
 * them while the call sleeps (fs/file.c: fdget; drivers/gpu/drm/drm_ioctl.c:850; drivers/gpu/drm/drm_gem.c:908), so
 * that whatever others close, unbind or give up meanwhile does not end the sleep. The model looks at a call that
 * sleeps again from its start, and finds here what it had found.
 */
import type { Descriptor, Machine, OpenFile } from './machine.ts';

export class Entered {
  private readonly found = new Map<string, unknown>();
  /** Files that live as long as the call sleeps. */
  readonly files = new Set<OpenFile>();
  /** The call has slept, and goes on. */
  resumed = false;

  /** What was found under the name when the call began. */
  keep<T>(name: string, find: () => T): T {
    if (this.resumed && this.found.has(name)) return this.found.get(name) as T;
    const value = find();
    this.found.set(name, value);
    return value;
  }
}

/** The calls of the lanes of a machine. */
export class Calls {
  /** The one that runs; none outside of lanes. */
  running: Entered | undefined;
  readonly asleep = new Set<Entered>();
  /** The fault `eats`: files whose next input is lost. */
  readonly eaten = new Set<OpenFile>();
  private readonly machine: Pick<Machine, 'faults'>;

  constructor(machine: Pick<Machine, 'faults'>) {
    this.machine = machine;
  }

  private get holding(): Entered | undefined {
    return this.machine.faults.wait === 'starts-over' ? undefined : this.running;
  }

  /** Whether the running call goes on after it has slept: it has passed the checks at its door. */
  get resumed(): boolean {
    return this.holding?.resumed === true;
  }

  /** What the running call found when it began; what it finds now, where it has not slept. */
  kept<T>(name: string, find: () => T): T {
    return this.holding ? this.holding.keep(name, find) : find();
  }
}

/** The file that the running call works on. */
export function entry({ calls, descriptors }: Machine, descriptor: bigint): Descriptor | undefined {
  const number = BigInt.asIntN(32, descriptor);
  const found = calls.kept(`descriptor ${number}`, () => descriptors.get(number));
  if (found) calls.running?.files.add(found.file);
  return found;
}
