/** C34: what goes wrong when the device goes while it is open, and when it comes back. */
import type { DriverDescription, Op, Patch } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults, UnplugFault } from '../model/faults.ts';
import type { Behaviour } from '../model/scene.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

export const unplug: MutantSource = driver => {
  if (carriesCore(driver)) return [...CORE.map(core), ...WORK.map(work)].map(make => make(driver));
  return driver.name === 'accelref' ? OWN.map(own => mutant(driver, ...own)) : [];
};

type Make = (driver: DriverDescription) => Mutant;

function mutant(
  { name: driver }: DriverDescription,
  name: string,
  clause: ClauseId,
  summary: string,
  fault: Pick<Mutant, 'patch' | 'faults' | 'ops'>,
): Mutant {
  // A driver is unbound by a write into sysfs.
  const ops = fault.faults ? ({ ops: ['writefile'] } as const) : {};
  return { id: `unplug.${name}`, class: 'C34', clauses: [clause], driver, summary, ...ops, ...fault };
}

const CORE: readonly (readonly [UnplugFault, ClauseId, string])[] = [
  ['files-stay', 'unplug.node', 'The node and its entries in sysfs stay when the device goes.'],
  ['still-opens', 'unplug.open', 'The number of a device that has gone still opens.'],
  ['mappings-end', 'unplug.mapping', 'Mappings end with the device: touching one raises a signal.'],
  ['buffers-end', 'unplug.files', 'Dma-bufs and sync files end with the device that handed them out.'],
  ['close-sticks', 'unplug.close', 'Closing a descriptor of a device that has gone never returns.'],
  ['stays-away', 'unplug.return', 'Binding the driver again makes no new node.'],
  ['revives', 'unplug.stale', 'Binding the driver again brings the old descriptors back to life.'],
];

function core([fault, clause, summary]: (typeof CORE)[number]): Make {
  return driver => mutant(driver, fault, clause, summary, { faults: { unplug: fault } });
}

const WORK: readonly (readonly [string, ClauseId, string, Patch])[] = [
  [
    'jobs-never-end',
    'unplug.work',
    'A job that runs when the device goes never ends.',
    [{ replace: 'drm.unbind.jobs-end', with: [{ effect: 'jobs_forgotten' }] }],
  ],
  [
    'jobs-left-to-the-watchdog',
    'unplug.error',
    'A job that runs when the device goes is ended by the watchdog later, with the error of a hang.',
    [{ remove: 'drm.unbind.jobs-end' }],
  ],
];

function work([name, clause, summary, patch]: (typeof WORK)[number]): Make {
  return driver => mutant(driver, name, clause, summary, { patch });
}

/** The device goes, and nobody ends its jobs: both ways of going are broken. */
function jobsGoOn(strict: Behaviour): Behaviour {
  const unplugged: NonNullable<Behaviour['effects']>[string] = ({ device }) => {
    device.unplugged = true;
  };
  return { ...strict, effects: { ...strict.effects, unplug: unplugged, jobs_end: () => {} } };
}

type OwnFault = { readonly faults: CoreFaults; readonly ops?: readonly Op[] };

const OWN: readonly (readonly [string, ClauseId, string, OwnFault])[] = [
  [
    'jobs-go-on',
    'unplug.work',
    'Jobs go on as if the device were there.',
    { faults: { behaviour: jobsGoOn } },
  ],
  [
    'wait-starts-over',
    'unplug.wait',
    'A wait that is woken looks its device, its descriptor and its handles up once more.',
    { faults: { wait: 'starts-over' }, ops: ['parallel'] },
  ],
  [
    'held-up',
    'unplug.leave',
    'The driver leaves its device only when nobody waits in a call any more.',
    { faults: { unplug: 'held-up' } },
  ],
  [
    'fdinfo-goes-on',
    'unplug.descriptor',
    'The fdinfo of a device that has gone still names its driver.',
    {
      faults: {
        fdinfo: (text, { device }) => (device.unplugged ? `${text}drm-driver:\taccelref\n` : text),
      },
    },
  ],
];
