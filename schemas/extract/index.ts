export { EXTERNALS, type External } from './externals.ts';
export { ExtractError, type ExtractInput, extractFacts } from './extract.ts';
export { formatFacts } from './format.ts';
export { type ArchitectureHeader, extractGenericFacts } from './generic.ts';
export { type Edition, withHistory } from './history.ts';
export type { Include } from './preprocess.ts';
export { InvalidRequest, type RequestNames, requestOfText } from './request-text.ts';
