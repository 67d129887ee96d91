/** Ways in which the health of a device can be told wrongly, one at a time. */
import type { DevlinkFault } from '../netlink/devlink/faults.ts';

/** Those of the state machine itself are the ones of any reporter. */
export type HealthFault =
  | Extract<
      DevlinkFault,
      | 'error-uncounted'
      | 'error-untold'
      | 'recovery-uncounted'
      | 'recovery-untold'
      | 'recovers-healthy'
      | 'failed-recovery-heals'
      | 'auto-recover-ignored'
      | 'grace-ignored'
      | 'dump-replaced'
      | 'dump-consumed'
      | 'auto-dump-ignored'
      | 'clear-ignored'
      | 'new-untold'
      | 'del-untold'
      | 'gone-is-listed'
    >
  | 'error-counted-twice'
  | 'error-everywhere'
  | 'told-twice'
  | 'reporter-hidden'
  | 'dump-of-another'
  | 'clear-heals'
  | 'reload-heals-untold'
  | 'coredump-missing'
  | 'coredump-replaced'
  | 'coredump-changes'
  | 'coredump-stays'
  | 'coredump-of-good'
  | 'wedged-untold'
  | 'wedged-twice'
  | 'wedged-by-any-error'
  | 'wedged-of-parent'
  | 'wedged-harshest-first'
  | 'wedged-own-word'
  | 'wedged-none-beside'
  | 'wedged-when-gone';
