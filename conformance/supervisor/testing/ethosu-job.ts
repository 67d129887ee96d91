/** A job of ethosu for tests: copies of four bytes, two buffers, and a fence that ends at a time of its own. */
import type { Behaviour, Clock, KernelObject } from '../../../reference/index.ts';
import { Fence, reserve } from '../../../reference/index.ts';
import { ethosuCommandStream, StreamBuilder } from '../../../schemas/index.ts';
import { Jobs } from '../jobs.ts';
import { ObjectMemory } from '../object-memory.ts';
import { RecordedChannel } from './recorded-channel.ts';

const END = 1000n;
const BYTES = 4;

export function ethosuJob(copies: readonly { from: number; to: number }[], error = 0) {
  const memory = new ObjectMemory(new RecordedChannel().channel);
  const jobs = new Jobs(memory);
  const made = (properties: Iterable<[string, bigint]>): KernelObject => ({
    type: 'gem_object',
    properties: new Map(properties),
  });
  const builder = new StreamBuilder();
  for (const { from, to } of copies)
    builder.copy({ from: { region: from }, to: { region: to }, length: BYTES });
  const stream = builder.operate('NPU_OP_STOP').bytes();
  const commands = made(ethosuCommandStream.decide(stream, () => 0n).properties);
  const buffers = [made([['size', 4096n]]), made([['size', 4096n]])];
  jobs.created(commands, stream);
  const run: NonNullable<Behaviour['effects']>[string] = () => {
    const fence = new Fence(END);
    fence.error = error;
    for (const buffer of buffers) reserve(buffer, fence, true);
  };
  const watched = jobs.watch({ effects: { run_job: run } });
  const work = made([]);
  work.attached = [
    { object: commands, as: 2n },
    ...buffers.map((object, index) => ({ object, as: BigInt(index) })),
  ];
  return {
    ...{ jobs, memory, buffers, end: END },
    clockAt: (time: bigint): Clock => ({ now: () => time, sleep: () => {} }),
    submit: () => watched.effects!.run_job!(undefined as never, [], [work]),
  };
}
