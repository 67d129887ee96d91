export { madeWith } from './hashes.ts';
export { makeClaim } from './make.ts';
export { parseClaim, readClaim, writeClaim } from './read.ts';
export { staleness, verify } from './verify.ts';
