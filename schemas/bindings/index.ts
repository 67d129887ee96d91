/** Bindings that are generated from the descriptions. */

export type { LayoutVectors, StructVectors, Vector, Vectors } from '../generated/types/vectors.ts';
export { CORE_HEADER, cHeaders, driverHeader } from './c/header.ts';
export { driverModule, tsModules } from './ts/module.ts';
export { vectorFile, vectorFiles, vectorsOf } from './vectors/vectors.ts';
