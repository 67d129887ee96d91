/** What may not change once it has shipped: two versions of an interface are needed to see it. */
import type { Guideline } from './coverage.ts';

const IOCTL = 'Documentation/driver-api/ioctl.rst';

export const CHANGES: readonly Guideline[] = [
  {
    says: 'What was added does nothing when it is zero',
    source: 'drivers/gpu/drm/drm_ioctl.c:911',
    clause: 'extension.new-member',
    changes: ['wire.new-member-refuses-zero'],
  },
  {
    says: 'Members stay where and what they are',
    source: `${IOCTL}:58`,
    clause: 'extension.members-stay',
    changes: [
      'wire.field-moved',
      'wire.field-type-changed',
      'wire.field-sign-changed',
      'wire.array-length-changed',
      'wire.member-inserted',
      'wire.member-removed',
      'wire.member-replaced',
      'wire.struct-shrunk',
      'wire.element-grown',
      'wire.pad-reused',
    ],
  },
  {
    says: 'Commands stay',
    source: `${IOCTL}:61`,
    clause: 'extension.commands-stay',
    changes: [
      'wire.ioctl-removed',
      'wire.ioctl-number-changed',
      'wire.ioctl-size-changed',
      'wire.ioctl-direction-narrowed',
      'wire.ioctl-direction-changed',
      'wire.ioctl-argument-changed',
    ],
  },
  {
    says: 'Values stay',
    source: `${IOCTL}:58`,
    clause: 'extension.values-stay',
    changes: ['wire.value-renumbered', 'wire.value-reused', 'source.value-removed'],
  },
  {
    says: 'What was accepted is accepted, and what was refused is refused the same way',
    source: 'Documentation/gpu/drm-uapi.rst:77',
    clause: 'extension.accepted-stays',
    changes: [
      'behaviour.check-added',
      'behaviour.check-tightened',
      'behaviour.errno-changed',
      'behaviour.privilege-raised',
      'wire.value-refused',
      'wire.reserved-enforced',
    ],
  },
];
