export { isDefined, type Origin } from './drm/ioctl.ts';
export type { KernelObject } from './drm/objects.ts';
export { createReference, DIFF_LIMIT, profileParams, type ReferenceOptions } from './link.ts';
export { FileTree } from './machine/file-tree.ts';
export { ACCEL_MAJOR, machineFiles } from './machine/files.ts';
export { Machine, type MachineOptions, type StepOutcome } from './machine/machine.ts';
export type { CoreFaults } from './model/faults.ts';
export type { Choice, Decision, Hit, Oracle, Place } from './model/oracle.ts';
