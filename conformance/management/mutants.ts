/** All faults of the management profile; each can be put into the reference of any driver. */
import type { ReferenceOptions } from '../../reference/index.ts';
import { controlMutants, type ManagementMutant } from './control-mutants.ts';
import { firmwareMutants } from './firmware-mutants.ts';
import { healthMutants } from './health-mutants.ts';

const deviceMutants = [...firmwareMutants, ...healthMutants];

export const managementMutants: readonly ManagementMutant[] = [...controlMutants, ...deviceMutants];

/** What makes a reference with the profile act by the fault. */
export function managementFault(id: string): Pick<ReferenceOptions, 'faults' | 'managementFaults'> {
  const control = controlMutants.find(mutant => mutant.id === id);
  if (control) return { faults: { control: control.fault } };
  return { managementFaults: deviceMutants.filter(mutant => mutant.id === id).map(({ fault }) => fault) };
}
