/** C32, C40: a hang is blamed on others or never gets over, and what the device says of it is believed. */
import type { ClauseId } from '../../spec/index.ts';
import type { Client, Device } from '../drm/objects.ts';
import type { Behaviour } from '../model/scene.ts';
import type { Fence } from '../sync/fence.ts';
import { afterQueueing, never } from './job.ts';
import type { Mutant, MutantSource } from './mutant.ts';

/** The job of a device that failed or hung, and whose it was. */
interface Failure {
  readonly fence: Fence;
  readonly client: Client | undefined;
}

/** Changes the fences of jobs that come after one that fails. */
function afterFailure(
  change: (fence: Fence, client: Client | undefined, failure: Failure, now: bigint) => void,
  effect: 'run_job' | 'start_job' = 'run_job',
): (strict: Behaviour) => Behaviour {
  return strict => {
    const failures = new WeakMap<Device, Failure>();
    return afterQueueing((fence, { device, client, clock }) => {
      const failure = failures.get(device);
      if (failure) change(fence, client, failure, clock.now());
      else if (fence.error) failures.set(device, { fence, client });
    }, effect)(strict);
  };
}

/** Whatever waits behind it is given its error. */
const shared = (fence: Fence, _client: Client | undefined, failure: Failure, now: bigint) => {
  if (failure.fence.endsAt !== undefined && failure.fence.endsAt > now) fence.error = failure.fence.error;
};

type Row = readonly [
  name: string,
  kind: string,
  clause: ClauseId,
  behaviour: (strict: Behaviour) => Behaviour,
  summary: string,
];

const FAULTS: Readonly<Record<string, readonly Row[]>> = {
  ethosu: [
    [
      'all-blamed',
      'C32',
      'job.blame',
      afterFailure(shared),
      'When a job hangs, every job that waits is ended with its error.',
    ],
    [
      'no-reset',
      'C32',
      'job.recovery',
      afterFailure(never),
      'The job that hung is ended and the device never reset: no later job ends.',
    ],
    [
      'client-stays-dead',
      'C32',
      'job.recovery',
      afterFailure((fence, client, failure) => {
        if (client === failure.client) never(fence);
      }),
      'A client whose job hung never gets another job done.',
    ],
    [
      'position-believed',
      'C40',
      'job.failure',
      afterQueueing((fence, { device }) => {
        if (device.mood === 'lost') never(fence);
      }),
      'The watchdog reads the commands at the place that the device gives, and dies of it: the job never ends.',
    ],
  ],
  accelref: [
    [
      'all-blamed',
      'C32',
      'job.blame',
      afterFailure(shared, 'start_job'),
      'When a job fails, the jobs of all clients that wait are ended with its error.',
    ],
  ],
};

export const blame: MutantSource = ({ name: driver }): Mutant[] =>
  (FAULTS[driver] ?? []).map(([name, kind, clause, behaviour, summary]) => ({
    id: `blame.${driver === 'ethosu' ? '' : `${driver}-`}${name}`,
    class: kind,
    clauses: [clause],
    driver,
    summary,
    faults: { behaviour },
  }));
