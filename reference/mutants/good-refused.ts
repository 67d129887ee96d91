/** C13: a good call is refused, for what no document lets it be refused for. */
import type { CheckRule } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';

type Row = readonly [
  name: string,
  clause: ClauseId,
  before: string,
  when: CheckRule['when'],
  errno: string,
  summary: string,
];

const FAULTS: Readonly<Record<string, readonly Row[]>> = {
  ethosu: [
    [
      'output-looked-at',
      'extension.output-only',
      'ethosu.bo_create.size-zero',
      { gt: [{ field: 'handle' }, 0x7fffffff] },
      'EINVAL',
      'BO_CREATE refuses a large number in the member that it gives the handle in.',
    ],
  ],
  accelref: [
    [
      'buffer-twice',
      'lifetime.same-twice',
      'accelref.submit.no-room-for-event',
      { attachedTwice: 'work' },
      'EALREADY',
      'SUBMIT refuses a buffer that is named twice, which its header allows.',
    ],
  ],
};

export const goodRefused: MutantSource = ({ name: driver }): Mutant[] =>
  (FAULTS[driver] ?? []).map(([name, clause, before, when, errno, summary]) => ({
    id: `good-refused.${name}`,
    class: 'C13',
    clauses: [clause],
    driver,
    summary,
    patch: [
      {
        before,
        insert: [
          { check: 'mutant', when, errno, clause, basis: 'house', source: 'a mutant', evidence: 'read' },
        ],
      },
    ],
  }));
