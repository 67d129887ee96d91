/** C13: a wrong errno, an errno for a call that is right, or a positive result. */
import type { CheckRule, DriverDescription } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, carriesCore, checkPlaces, clausesOf, type Place } from './places.ts';

export const wrongErrno: MutantSource = driver => [
  ...checkPlaces(driver).map(swapped),
  ...(carriesCore(driver) ? core(driver) : []),
  ...(driver.name === 'ethosu' ? ethosu(driver) : []),
];

/** What is easily taken for another: none of these is an errno that the machine may cause. */
export function otherErrno(errno: string): string {
  return errno === 'EINVAL' ? 'EOPNOTSUPP' : 'EINVAL';
}

/** What the errno of some refusals should be whoever makes them (spec/clauses/19-errno.yaml). */
function adviceOf({ rule: { clause, errno, basis }, call, id }: Place<CheckRule>): ClauseId[] {
  if (clause === 'argument.feature' && errno === 'EOPNOTSUPP') return ['errno.unsupported'];
  if (clause === 'dispatch.permission' && basis === 'core' && !call.request) return ['errno.privilege'];
  if (clause === 'dispatch.unplugged' && !call.request) return ['errno.absent'];
  return EXCLUSIVE.includes(id) ? ['errno.invalid'] : [];
}

/** Checks of two members that exclude each other. */
const EXCLUSIVE = ['accelref.submit.user-data-unused', 'ethosu.submit.sram-given-twice'];

function swapped(place: Place<CheckRule>): Mutant {
  const { errno } = place.rule;
  return at('errno', place, {
    class: 'C13',
    clauses: [...clausesOf(place), ...adviceOf(place)],
    summary: `${place.call.name} answers ${otherErrno(errno)} where ${errno} is due.`,
    patch: [{ errno: otherErrno(errno), of: place.id }],
  });
}

function core({ name: driver }: DriverDescription): Mutant[] {
  return [
    {
      id: 'dispatch.null-is-invalid',
      class: 'C13',
      clauses: ['dispatch.null-argument'],
      driver,
      summary: 'A NULL argument is refused with EINVAL.',
      patch: [
        {
          before: 'drm.ioctl.copy-in',
          insert: [
            {
              check: 'null',
              when: { eq: [{ field: 'argument' }, 0] },
              errno: 'EINVAL',
              pinned: true,
              clause: 'dispatch.null-argument',
              basis: 'house',
              source: 'a mutant',
              evidence: 'read',
            },
          ],
        },
      ],
    },
    {
      id: 'dispatch.positive-result',
      class: 'C13',
      clauses: ['dispatch.valid-call'],
      driver,
      calls: ['DRM_IOCTL_GET_CAP'],
      summary: 'GET_CAP returns 1 when it succeeds.',
      faults: { returned: call => (call === 'DRM_IOCTL_GET_CAP' ? 1n : 0n) },
    },
    {
      id: 'node.write-only-refused',
      class: 'C13',
      clauses: ['node.access-mode'],
      driver,
      summary: 'A node that is opened with O_WRONLY is refused with EACCES.',
      patch: [
        {
          before: 'drm.open.exclusive',
          insert: [
            {
              check: 'write-only',
              when: { eq: [{ and: [{ field: 'flags' }, 3] }, { const: 'O_WRONLY' }] },
              errno: 'EACCES',
              clause: 'node.access-mode',
              basis: 'house',
              source: 'a mutant',
              evidence: 'read',
            },
          ],
        },
      ],
    },
  ];
}

/** Good calls that are refused. */
function ethosu({ name: driver }: DriverDescription): Mutant[] {
  const refuse = (
    id: string,
    before: string,
    when: CheckRule['when'],
    errno: string,
    name: string,
    summary: string,
  ): Mutant => ({
    id,
    class: name,
    clauses: ['dispatch.valid-call'],
    driver,
    summary,
    patch: [
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
    ],
  });
  return [
    refuse(
      'ethosu.bo_create.pages-only',
      'ethosu.bo_create.size-zero',
      { misaligned: [{ field: 'size' }, { param: 'page_size' }] },
      'EINVAL',
      'C13',
      'BO_CREATE refuses a size that is no whole number of pages.',
    ),
    refuse(
      'ethosu.bo_create.no-mmap-refused',
      'ethosu.bo_create.size-zero',
      { nonzero: { field: 'flags' } },
      'EOPNOTSUPP',
      'C06',
      'BO_CREATE does not know the flag NO_MMAP.',
    ),
    refuse(
      'ethosu.bo_wait.negative-timeout',
      'ethosu.bo_wait.pad-nonzero',
      { gt: [{ and: [{ field: 'timeout_ns' }, '0xffffffffffffffff'] }, '0x7fffffffffffffff'] },
      'EINVAL',
      'C25',
      'BO_WAIT refuses a deadline before the machine was started.',
    ),
    refuse(
      'ethosu.bo_wait.poll-times-out',
      'ethosu.bo_wait.pad-nonzero',
      { eq: [{ field: 'timeout_ns' }, 0] },
      'ETIME',
      'C26',
      'BO_WAIT with no time left answers ETIME although the buffer is idle.',
    ),
  ];
}
