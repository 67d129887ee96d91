/** Every defect that was found in an unmodified kernel and that a program shows. */
import { coreFindings } from './core.ts';
import { ethosuFindings } from './ethosu.ts';
import type { Finding } from './finding.ts';
import { streamFindings } from './streams.ts';

/** The kernel that all of them were seen on. */
export const FOUND_ON = '7.3.4';

export const findings: readonly Finding[] = [...coreFindings, ...ethosuFindings, ...streamFindings];
