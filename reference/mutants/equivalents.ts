/** Made mutants that no program can tell from the strict reference, each with the reason; checked by the matrix. */
export const equivalents: Readonly<Record<string, string>> = {
  'drop.drm.gem_close.no-gem': 'The device of every described driver has GEM, so the check never fails.',
  'errno.drm.gem_close.no-gem': 'The device of every described driver has GEM, so the check never fails.',
  'drop.ethosu.bo_wait.busy': 'Without a described job no buffer is ever busy.',
  'errno.ethosu.bo_wait.busy': 'Without a described job no buffer is ever busy.',
  'drop.ethosu.bo_create.size-negative':
    'What this check refuses is beyond the offsets too, and of two wrong things either errno is allowed.',
  'late.ethosu.bo_create.size-negative':
    'What this check refuses is refused earlier as beyond the offsets, and either errno is allowed.',
  'late.drm.get_cap.capability-unknown': 'After the check nothing happens for a capability that is unknown.',
  'unset.drm.get_cap.value-syncobj': 'The device has no sync objects, and 0 is stored before.',
  'unset.drm.get_cap.value-syncobj-timeline': 'The device has no sync objects, and 0 is stored before.',
  'whole.drm.version.version-date': 'The text has one byte, and a room of 0 is not written to at all.',
};
