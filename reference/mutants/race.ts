/** C15, C18 and C19: calls that let others in where they must keep them out. One call at a time all of them look right. */
import type { DriverDescription } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Split } from '../model/faults.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

type Entry = readonly [
  name: string,
  kind: string,
  clause: ClauseId,
  call: string,
  split: Split,
  summary: string,
];

const CORE: readonly Entry[] = [
  [
    'close-twice',
    'C19',
    'race.release',
    'DRM_IOCTL_GEM_CLOSE',
    'checked',
    'GEM_CLOSE looks the handle up and removes it later: two at a time both succeed.',
  ],
  [
    'descriptor-twice',
    'C18',
    'race.descriptor',
    'close',
    'checked',
    'Two closes of one descriptor at a time both succeed.',
  ],
  [
    'same-number',
    'C19',
    'race.create',
    'DRM_IOCTL_ETHOSU_BO_CREATE',
    'numbered',
    'The number of a new handle is chosen before the table is locked: two objects get the same.',
  ],
  [
    'incomplete',
    'C15',
    'race.complete',
    'DRM_IOCTL_ETHOSU_BO_CREATE',
    'published',
    'The handle of a new buffer can be found before the buffer has its size.',
  ],
  [
    'imported-twice',
    'C19',
    'race.import',
    'DRM_IOCTL_PRIME_FD_TO_HANDLE',
    'published',
    'PRIME remembers the handle of an import after others can import the same buffer: they get another.',
  ],
  [
    'looked-up-twice',
    'C19',
    'race.use',
    'DRM_IOCTL_GEM_FLINK',
    'twice',
    'GEM_FLINK looks its handle up twice, and fails with EIO when it has gone in between.',
  ],
  [
    'two-winners',
    'C19',
    'race.exclusive',
    'DRM_IOCTL_ETHOSU_PERFMON_SET_GLOBAL',
    'checked',
    'PERFMON_SET_GLOBAL looks whether a monitor is set before it takes the lock: two clients set theirs.',
  ],
  [
    'mapped-late',
    'C18',
    'race.mapping',
    'mmap',
    'checked',
    'mmap does not hold the object that it has found: one that goes meanwhile is reported as EFAULT.',
  ],
];

const make =
  ({ name: driver }: DriverDescription) =>
  ([name, kind, clause, call, split, summary]: Entry): Mutant => ({
    id: `race.${name}`,
    class: kind,
    clauses: [clause],
    driver,
    summary,
    ops: ['parallel'],
    faults: { split: made => (made === call ? split : undefined) },
  });

export const race: MutantSource = driver => (carriesCore(driver) ? CORE.map(make(driver)) : []);
