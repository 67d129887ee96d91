/**
 * Rules that no program on the reference gets to, each with the reason: without them nothing could show that a mutant
 * of theirs dies. A key is a rule, a call, or a driver.
 */
export const unreached: Readonly<Record<string, string>> = {
  'drm.set_master.not-root': 'Programs on the reference run as root.',
  'drm.drop_master.not-root': 'Programs on the reference run as root.',
  'ethosu.submit.perfmon-beside-global':
    'No good call starts with a global monitor that another step has set.',
  'vgem.fence_signal.timed-out':
    'A fence gets there by itself after ten seconds, and no program waits so long.',
};

/** Why no program gets to the rule. */
export function whyUnreached(driver: string, call: string, rule: string): string | undefined {
  return unreached[rule] ?? unreached[call] ?? (call.startsWith('drm.') ? undefined : unreached[driver]);
}
