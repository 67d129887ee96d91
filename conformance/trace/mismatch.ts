/** Whether a kept trace means anything on a target. */
import { catalogue, type Hello } from '../../schemas/index.ts';
import type { Identity } from '../run/identity.ts';
import type { Target } from '../run/target.ts';
import type { TraceFile } from './trace-file.ts';

/** The driver of an identity as a sentence names it: one without a description by what VERSION says. */
const driverOf = ({ driver, version }: Pick<Identity, 'driver' | 'version'>) =>
  driver.name === catalogue().core.name && version ? version.name : driver.name;

/** Why a trace means nothing on a target, as one sentence; undefined when it does. */
export function mismatch(
  path: string,
  file: Pick<TraceFile, 'target' | 'device'>,
  target: Pick<Target, 'name'> & { readonly link: { readonly hello: Hello; readonly device?: unknown } },
  identity: Pick<Identity, 'driver' | 'version' | 'nodePath'>,
): string | undefined {
  const { driver, abi, node } = file.target;
  // The same numbers are other calls there: what came back would be judged against the wrong description.
  if (identity.driver.name !== driver)
    return `${path} comes from the driver ${driver}, and ${target.name} has the driver ${driverOf(identity)}; name a target of ${driver}`;
  if (target.link.hello.abi !== abi)
    return `${path} was made for the ABI ${abi}, and ${target.name} has ${target.link.hello.abi}; name a target with the same`;
  // The program opens the node by its path, so it would meet another device.
  if (identity.nodePath !== node)
    return `${path} opens ${node}, and ${target.name} is ${identity.nodePath}; name a target whose device has the same node`;
  if (file.device !== undefined && !target.link.device)
    return `${path} needs a device that ends its jobs so: ${file.device}, and nothing makes that of ${target.name} do it; name the reference or a virtual machine with a player`;
  return undefined;
}
