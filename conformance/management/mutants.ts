/** All faults of the management profile; each can be put into the reference of any driver. */
import { controlMutants } from './control-mutants.ts';

export const managementMutants = [...controlMutants];
