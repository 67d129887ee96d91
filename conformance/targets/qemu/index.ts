export { findMirror, openPrivateApt, sortVersions } from './apt.ts';
export { cacheRoot, makeScratch, publishDirectory, removeStaleScratch } from './cache.ts';
export { QemuError, type QemuErrorKind } from './errors.ts';
export type { KernelOptions, ModuleIdentity } from './guest-kernel.ts';
export type { Registers } from './guest-memory.ts';
export { type FetchOptions, fetchKernel, type StockKernel } from './kernel.ts';
export { machines } from './machine.ts';
export { openQemu, type QemuIdentity, type QemuOptions, type QemuTarget } from './qemu.ts';
export { requireTools, runTool } from './tools.ts';
