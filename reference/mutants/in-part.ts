/** C14: a call that takes a list does its first elements before it has looked at the last. */
import type { Patch } from '../../schemas/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';

const FAULTS: Readonly<Record<string, readonly [name: string, summary: string, patch: Patch]>> = {
  ethosu: [
    'jobs',
    'SUBMIT queues each job before it looks at the next.',
    [
      { remove: 'ethosu.submit.run-job' },
      {
        after: 'ethosu.submit.buffer-twice',
        insert: [{ effect: 'run_job', of: [{ field: 'perfmon_id' }, 1], objects: ['work'] }],
      },
    ],
  ],
  accelref: [
    'syncobjs',
    'SYNCOBJ_SIGNAL signals each sync object before it looks at the next.',
    [
      {
        after: 'drm.syncobj_signal.handle-unknown',
        insert: [
          { find: 'early', handle: { field: 'handle' }, resource: 'syncobj_handle', id: 'find-early' },
          { effect: 'syncobj_signalled', id: 'signal-early', objects: ['early'] },
        ],
      },
    ],
  ],
};

export const inPart: MutantSource = ({ name: driver }): Mutant[] => {
  const fault = FAULTS[driver];
  if (!fault) return [];
  const [name, summary, patch] = fault;
  return [{ id: `in-part.${name}`, class: 'C14', clauses: ['errno.batch'], driver, summary, patch }];
};
