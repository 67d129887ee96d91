export {
  chooseMirror,
  findMirror,
  INDEX_TARGETS,
  openPrivateApt,
  type PrivateApt,
  sortVersions,
} from './apt.ts';
export { architectures } from './architecture.ts';
export { cacheRoot, makeScratch, publishDirectory, removeStaleScratch } from './cache.ts';
export { QemuError, type QemuErrorKind } from './errors.ts';
export { fetchSource } from './fetch-source.ts';
export type { KernelOptions, ModuleIdentity } from './guest-kernel.ts';
export type { Registers } from './guest-memory.ts';
export type { GuestFile } from './initramfs.ts';
export {
  cachedKernel,
  DRIVER_MODULES,
  FETCH_TOOLS,
  type FetchOptions,
  fetchKernel,
  type StockKernel,
} from './kernel.ts';
export { buildModule, type ModuleKernel } from './kernel-module/build-module.ts';
export { findMachine, type Machine, machines, type PresetRegister } from './machine.ts';
export { type ExactDependency, exactClosure } from './packages.ts';
export type { DeviceBehaviour } from './player/behaviour.ts';
export { openQemu, type QemuIdentity, type QemuOptions, type QemuTarget } from './qemu.ts';
export { type AloneOptions, runAlone } from './run-alone.ts';
export { START_TOOLS } from './start.ts';
export { packageOf, requireTools, runTool, type Tool } from './tools.ts';
