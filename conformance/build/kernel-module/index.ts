export { type BuiltModule, buildModule, type ModuleKernel, type ModuleOptions } from './build-module.ts';
