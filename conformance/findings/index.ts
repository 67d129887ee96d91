export { type Finding, type Run, shows } from './finding.ts';
export { FOUND_ON, findings } from './list.ts';
export { driverOf, type Made, makeProgram } from './program.ts';
export { FindingScene } from './scene.ts';
