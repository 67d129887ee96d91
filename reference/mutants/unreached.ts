/**
 * Rules that no program on the reference gets to, each with the reason: without them nothing could show that a mutant
 * of theirs dies. A key is a rule, a call, or a driver.
 */
export const unreached: Readonly<Record<string, string>> = {
  'amdxdna.create_hwctx.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.config_hwctx.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.exec_cmd.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.get_array.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.get_info.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.set_state.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.wait_cmd.kind-lacks-it': 'The first profile has a queue in the kernel.',
  'amdxdna.create_hwctx.user-queue': 'The first profile has a queue in the kernel.',
  'amdxdna.wait_cmd.user-queue': 'The first profile has a queue in the kernel.',
  'amdxdna.get_info.user-queue': 'The first profile has a queue in the kernel.',
  'amdxdna.create_hwctx.heap-missing': 'Each good call for a context makes the heap of the file first.',
  'amdxdna.create_hwctx.heap-not-mapped': 'Each good call for a context maps the heap of the file first.',
  'amdxdna.create_bo.heap-not-mapped': 'Each good call for a device buffer maps the heap of the file first.',
  'amdxdna.create_bo.dev-beyond-heap':
    'The reference refuses a device buffer that is larger than one heap before, and no file has less than one.',
  'amdxdna.config_hwctx.cu-short':
    'What is missing is no unit, and the check of their number refuses that with the same errno.',
  'amdxdna.get_info.resources': 'What is told there only the device knows: any bytes are right.',
  'amdxdna.wait_cmd.still-running': 'Every good wait is longer than the command that it is for.',
  'amdxdna.create_hwctx.contexts-exhausted':
    'No program makes as many contexts as the first profile has room for.',
  'drm.set_master.not-root': 'Programs on the reference run as root.',
  'drm.drop_master.not-root': 'Programs on the reference run as root.',
  'drm.open.in-use': 'Drivers of which mutants are made take any number of clients.',
  'ivpu.submit.context-faulty':
    'Only a job that hangs makes a file so, and no program submits another in the same file.',
  'ivpu.cmdq_submit.context-faulty':
    'Only a job that hangs makes a file so, and no program submits another in the same file.',
  'ivpu.submit.commands-busy': 'Each good call has a command buffer of its own, which no job is using.',
  'ivpu.cmdq_submit.commands-busy': 'Each good call has a command buffer of its own, which no job is using.',
  'ivpu.cmdq_create.queues-unsupported': 'The device of the first profile has command queues.',
  'ivpu.cmdq_destroy.queues-unsupported': 'The device of the first profile has command queues.',
  'ivpu.cmdq_submit.queues-unsupported': 'The device of the first profile has command queues.',
  'ethosu.submit.perfmon-beside-global':
    'No good call starts with a global monitor that another step has set.',
  'vgem.fence_signal.timed-out':
    'A fence gets there by itself after ten seconds, and no program waits so long.',
};

/** Why no program gets to the rule. */
export function whyUnreached(driver: string, call: string, rule: string): string | undefined {
  return unreached[rule] ?? unreached[call] ?? (call.startsWith('drm.') ? undefined : unreached[driver]);
}
