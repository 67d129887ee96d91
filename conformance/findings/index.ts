export { type Finding, type Run, shows } from './finding.ts';
export { FOUND_ON } from './found-on.ts';
export { findings } from './list.ts';
export { driverOf, type Made, makeProgram, modelOf } from './program.ts';
export { FindingScene } from './scene.ts';
