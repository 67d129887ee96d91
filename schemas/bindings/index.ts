/** Bindings that are generated from the descriptions. */
export { CORE_HEADER, cHeaders, driverHeader } from './c/header.ts';
export { driverModule, tsModules } from './ts/module.ts';
