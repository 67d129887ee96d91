/** Every defect that was found in an unmodified kernel and that a program shows. */
import { coreFindings } from './core.ts';
import { ethosuFindings } from './ethosu.ts';
import { familyFindings } from './families.ts';
import type { Finding } from './finding.ts';
import { rocketFindings } from './rocket.ts';
import { streamFindings } from './streams.ts';

export const findings: readonly Finding[] = [
  ...coreFindings,
  ...ethosuFindings,
  ...streamFindings,
  ...rocketFindings,
  ...familyFindings,
];
