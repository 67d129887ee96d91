/**
 * Carries out what the jobs of a device do to memory, as far as it is known: of an ethosu command stream the copies of
 * one dimension between regions. What computes leaves its output as it was.
 */
import {
  type Behaviour,
  type Clock,
  type Fence,
  fencesFor,
  type KernelObject,
} from '../../reference/index.ts';
import { plainCopies } from '../../schemas/index.ts';
import type { ObjectMemory } from './object-memory.ts';

/** The role in which a job of ethosu holds its commands (schemas/drivers/ethosu/submit.yaml). */
const COMMANDS = 2n;
const REGIONS = 8;
/** Bytes that are copied at once. */
const PART = 1n << 20n;

interface Job {
  readonly stream: Uint8Array;
  readonly regions: readonly (KernelObject | undefined)[];
  readonly fence: Fence;
}

export class Jobs {
  private readonly memory: ObjectMemory;
  private readonly streams = new WeakMap<KernelObject, Uint8Array>();
  private running: Job[] = [];

  constructor(memory: ObjectMemory) {
    this.memory = memory;
  }

  /** The commands of an object that was just made. */
  created(object: KernelObject, stream: Uint8Array): void {
    this.streams.set(object, stream);
  }

  /** The same behaviour, whose jobs are taken note of. */
  watch(behaviour: Behaviour): Behaviour {
    const run = behaviour.effects?.run_job;
    if (!run) return behaviour;
    return {
      ...behaviour,
      effects: {
        ...behaviour.effects,
        run_job: (scene, of, objects) => {
          const attached = objects[0]?.attached ?? [];
          const commands = attached.find(({ as }) => as === COMMANDS)?.object;
          const stream = commands && this.streams.get(commands);
          const buffers = attached.filter(({ as }) => as !== COMMANDS).map(({ object }) => object);
          const pending = () => buffers.flatMap(buffer => fencesFor(buffer, true));
          const before = new Set(pending());
          run(scene, of, objects);
          // As found, a job leaves no fence in the buffers that it only reads.
          const fence = pending().find(each => !before.has(each));
          if (stream && fence) this.running.push({ stream, regions: regionsOf(commands, buffers), fence });
        },
      },
    };
  }

  /** Does what the jobs do that are over. */
  settle(clock: Clock): void {
    if (this.running.length === 0) return;
    const over = this.running.filter(({ fence }) => fence.signalled(clock) === true);
    this.running = this.running.filter(job => !over.includes(job));
    for (const job of over) if (job.fence.error === 0) this.carryOut(job);
  }

  /** When each job ends. */
  next(): bigint[] {
    return this.running.flatMap(({ fence: { endsAt } }) => (endsAt === undefined ? [] : [endsAt]));
  }

  private carryOut({ stream, regions }: Job): void {
    for (const { from, to, length } of plainCopies(stream)) {
      const [source, target] = [regions[from.region], regions[to.region]];
      if (!source || !target) continue;
      for (let done = 0n; done < length; done += PART) {
        const part = length - done < PART ? length - done : PART;
        this.memory.write(target, to.offset + done, this.memory.read(source, from.offset + done, part));
      }
    }
  }
}

/**
 * The buffers stand in the order of their regions, and a region that the stream uses has one; region 2 may be the chip's
 * memory instead (drivers/accel/ethosu/ethosu_job.c:454).
 */
function regionsOf(commands: KernelObject, buffers: readonly KernelObject[]): (KernelObject | undefined)[] {
  const used = Array.from({ length: REGIONS }, (_, region) => region).filter(
    region => (commands.properties.get(`region_size.${region}`) ?? 0n) > 0n,
  );
  const held = used.length > buffers.length ? used.filter(region => region !== 2) : used;
  const regions: (KernelObject | undefined)[] = new Array(REGIONS).fill(undefined);
  for (const [at, region] of held.entries()) regions[region] = buffers[at];
  return regions;
}
