/** C04, C11, C13, C16, C25: what goes wrong only with numbers and rounds that no ordinary program uses. */
import type { CheckRule, Patch } from '../../schemas/index.ts';
import type { Client } from '../drm/objects.ts';
import type { Mutant, MutantSource } from './mutant.ts';

/** A client's new handles after so many lose a number each time. */
const ROUNDS = 18;

export const extremes: MutantSource = ({ name: driver }) => {
  if (driver !== 'ethosu') return [];
  const mutant = (rest: Omit<Mutant, 'driver'>): Mutant => ({ driver, ...rest });
  return [
    mutant({
      id: 'ethosu.submit.signed-count',
      class: 'C04',
      clauses: ['argument.count'],
      summary: 'SUBMIT takes a count of jobs above INT_MAX for a negative number, and for nothing to do.',
      patch: [
        {
          condition: {
            all: [
              {
                unreadable: [
                  { field: 'jobs' },
                  { mul: [{ field: 'job_count' }, { sizeof: 'drm_ethosu_job' }] },
                ],
              },
              { le: [{ field: 'job_count' }, '0x7fffffff'] },
            ],
          },
          of: 'ethosu.submit.jobs-unreadable',
        },
      ],
    }),
    mutant({
      id: 'ethosu.bo_wait.slack-wraps',
      class: 'C25',
      clauses: ['argument.timeout'],
      summary: 'BO_WAIT adds slack to a deadline, wraps at the far end, and answers ETIME.',
      patch: refuse('ethosu.bo_wait.pad-nonzero', 'ETIME', {
        all: [
          { gt: [{ signed: { field: 'timeout_ns' } }, '0x7fffffffffff0000'] },
          { gt: [{ field: 'timeout_ns' }, 0] },
        ],
      }),
    }),
    mutant({
      id: 'ethosu.bo_wait.soon-is-past',
      class: 'C25',
      clauses: ['argument.timeout'],
      summary: 'BO_WAIT counts in whole seconds, so a deadline within this second is past.',
      patch: refuse('ethosu.bo_wait.pad-nonzero', 'ETIME', {
        all: [
          { gt: [{ field: 'timeout_ns' }, { sub: [{ now: true }, 100_000_000] }] },
          { lt: [{ field: 'timeout_ns' }, { add: [{ now: true }, 100_000_000] }] },
          // The clock of the reference starts at 0, where 0 and 1 are deadlines of their own.
          { gt: [{ field: 'timeout_ns' }, 1] },
        ],
      }),
    }),
    mutant({
      id: 'drm.version.terminator-refused',
      class: 'C11',
      clauses: ['output.negotiation'],
      summary: 'VERSION refuses room for the name and one byte more, as for a terminator.',
      patch: refuse('drm.version.version_major', 'EINVAL', {
        eq: [{ field: 'name_len' }, { add: [{ length: 'version.name' }, 1] }],
      }),
    }),
    mutant({
      id: 'ethosu.bo_wait.unheard-of',
      class: 'C13',
      clauses: ['argument.errno'],
      summary: 'BO_WAIT answers EPERM, which nothing documents, for a handle that it does not know.',
      patch: [{ errno: 'EPERM', of: 'ethosu.bo_wait.handle-unknown' }],
    }),
    mutant({
      id: 'handle.number-lost',
      class: 'C16',
      clauses: ['handle.balance'],
      summary: `A file's new handles after the ${ROUNDS}th lose a number each time.`,
      faults: { issue: losing() },
    }),
  ];
};

function refuse(before: string, errno: string, when: CheckRule['when']): Patch {
  return [
    {
      before,
      insert: [
        {
          check: 'mutant',
          when,
          errno,
          clause: 'dispatch.valid-call',
          basis: 'house',
          source: 'a mutant',
          evidence: 'read',
        },
      ],
    },
  ];
}

function losing(): (client: Client, resource: string, lowest: bigint) => bigint {
  const made = new WeakMap<Client, bigint>();
  return (client, _resource, lowest) => {
    const count = (made.get(client) ?? 0n) + 1n;
    made.set(client, count);
    return count > BigInt(ROUNDS) ? lowest + count : lowest;
  };
}
