/** Faults that show only after other calls: C10 and C26, one call at a time all of them look right. */
import type { CheckRule, DriverDescription, Patch } from '../../schemas/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';

export const sequence: MutantSource = driver => (driver.name === 'ethosu' ? ethosu(driver) : []);

function ethosu({ name: driver }: DriverDescription): Mutant[] {
  const mutant = (name: string, kind: string, summary: string, patch: Patch): Mutant => ({
    id: `sequence.${name}`,
    class: kind,
    clauses: ['model.outcome'],
    driver,
    summary,
    patch,
  });
  const refuse = (when: CheckRule['when'], errno: string): CheckRule => ({
    check: 'mutant',
    when,
    errno,
    clause: 'model.outcome',
    basis: 'house',
    source: 'a mutant',
    evidence: 'read',
  });
  return [
    mutant('one-page-offsets', 'C24', 'Only buffers of one page have an offset.', [
      {
        before: 'ethosu.bo_mmap_offset.offset',
        insert: [refuse({ gt: [{ property: 'bo.size' }, { param: 'page_size' }] }, 'EINVAL')],
      },
    ]),
    mutant('small-export', 'C06', 'Only buffers below 64 KiB can be exported.', [
      {
        before: 'drm.prime_handle_to_fd.fd',
        insert: [refuse({ ge: [{ property: 'bo.size' }, 0x10000] }, 'EOPNOTSUPP')],
      },
    ]),
    mutant('named-once', 'C16', 'A buffer can be given a name for GEM_OPEN once.', [
      {
        before: 'drm.gem_flink.name',
        insert: [refuse({ nonzero: { property: 'bo.name' } }, 'EBUSY')],
      },
    ]),
  ];
}
