export { type Finding, FindingScene, shows } from './finding.ts';
export { findings } from './list.ts';
