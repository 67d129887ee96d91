export { isDefined } from './drm/environment.ts';
export type { Origin } from './drm/handler.ts';
export { callOf } from './drm/numbers.ts';
export type { KernelObject } from './drm/objects.ts';
export { openNode } from './drm/open.ts';
export { createReference, DIFF_LIMIT, profileParams, type ReferenceOptions } from './link.ts';
export { AddressSpace, MemoryFault } from './machine/address-space.ts';
export { releaseClients } from './machine/clients.ts';
export { Entered } from './machine/entered.ts';
export { newEventCounter, nextSignal, settle, take, watches } from './machine/event-counter.ts';
export { fdinfo } from './machine/fdinfo.ts';
export { FileTree } from './machine/file-tree.ts';
export { attributesOf, machineFiles } from './machine/files.ts';
export {
  type Descriptor,
  Machine,
  type MachineOptions,
  type OpenFile,
  type StepOutcome,
} from './machine/machine.ts';
export type { Mapping } from './machine/mapping.ts';
export { firstMinor, type NodeKind, nodeKindOf, nodeNames, primaryPath } from './machine/node-names.ts';
export { Blocked } from './machine/section.ts';
export type { ControlFault } from './management/control-faults.ts';
export type { DeviceFault } from './management/devlink.ts';
export { REPORTERS } from './management/devlink.ts';
export { FIRMWARE_COMPONENTS, FIXED_VERSIONS, OVERWRITE, SETTINGS } from './management/firmware.ts';
export type { FirmwareFault } from './management/firmware-faults.ts';
export type { HealthFault } from './management/health-faults.ts';
export { buildImage, type ImageParts } from './management/image.ts';
export { controlPath, usualControlPath, withControl } from './management/queries.ts';
export { FIRMWARE_FOLDER, MANAGEMENT_KNOB, type ManagementFault } from './management/service.ts';
export type { CoreFaults } from './model/faults.ts';
export { type Choice, type Decision, firstCheck, type Hit, type Oracle, type Place } from './model/oracle.ts';
export type { Behaviour, Clock } from './model/scene.ts';
export { type FaultClass, faultClass, faultClasses } from './mutants/classes.ts';
export { createMutant, type MutantOptions, mutantReference } from './mutants/create.ts';
export { allMutants, type Mutant, mutantById } from './mutants/index.ts';
export { ASKS_FOR_JOBS } from './mutants/places.ts';
export { whyUnreached } from './mutants/unreached.ts';
export { GenericNetlink } from './netlink/bus.ts';
export * from './netlink/devlink/index.ts';
export { DrmRas, type RasFault } from './netlink/drm-ras.ts';
export type { NetlinkFault } from './netlink/family.ts';
export { RAS_CONTROL, RAS_NODES } from './netlink/ras-nodes.ts';
export { Fence } from './sync/fence.ts';
export { fencesFor, reserve } from './sync/reservation.ts';
