/** The machine of the model whose memory and descriptors are those of real processes. */
import {
  type Blocked,
  type Descriptor,
  firstMinor,
  type Mapping,
  nodeNames,
  type ReferenceOptions,
} from '../../reference/index.ts';
import type { DeviceMood } from '../../schemas/index.ts';
import { liveMachine } from '../served/live-machine.ts';
import type { Channel } from './channel.ts';
import { ClientDescriptors, ClientMemory } from './client-memory.ts';
import type { EventFiles } from './event-files.ts';
import type { Jobs } from './jobs.ts';

/** All that is open in any process stands in the table of one forked process. */
const EVERYONE = 0n;
const O_RDWR = 2n;
const CAP_SYS_ADMIN = 1n << 21n;

/** How the node is called. */
export function servedNames({ driver }: ReferenceOptions) {
  const kind = driver.manifest.node ?? 'accel';
  const minor = firstMinor(kind);
  return { ...nodeNames(kind, minor), minor };
}

/** What is open and mapped in all processes, and what the running call needs beside its arguments. */
export interface World {
  readonly files: Map<bigint, Descriptor>;
  readonly mappings: Mapping[];
  /** When the running call began. */
  began: bigint | undefined;
  /** The flags of the file that it opens. */
  opening: bigint;
}

export function newWorld(): World {
  return { files: new Map(), mappings: [], began: undefined, opening: O_RDWR };
}

export interface Parts {
  readonly channel: Channel;
  readonly world: World;
  readonly events: EventFiles;
  readonly jobs: Jobs;
  readonly mood: () => DeviceMood;
  /** Thrown where the call sleeps. */
  readonly blocked: (until: bigint) => Blocked;
}

export function servedMachine(options: ReferenceOptions, parts: Parts) {
  const { channel, world, events, jobs, mood, blocked } = parts;
  const { minor } = servedNames(options);
  const given = options.faults ?? {};
  const faults = {
    ...given,
    behaviour: (strict: Parameters<Jobs['watch']>[0]) => jobs.watch(given.behaviour?.(strict) ?? strict),
  };
  const memory = new ClientMemory(channel);
  const descriptors = new ClientDescriptors(channel, world.files, events);
  const began = () => world.began;
  const machine = liveMachine(options, { minor, memory, descriptors, faults, began, blocked });
  machine.lowestDescriptor = () => descriptors.reserve(world.opening);
  machine.descriptorInUse = descriptor => descriptors.has(descriptor);
  machine.privileged = () => {
    const { result } = channel.ask('capabilities', [descriptors.caller!.pid]);
    return result >= 0n && (result & CAP_SYS_ADMIN) !== 0n;
  };
  Object.defineProperty(machine.device, 'mood', { get: mood });
  machine.children.set(EVERYONE, {
    descriptors: world.files,
    get mappings() {
      return world.mappings;
    },
  });
  return { machine, memory, descriptors };
}
