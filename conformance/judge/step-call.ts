/** From a step to the description of the ioctl that it makes. */
import { callOf } from '../../reference/index.ts';
import {
  type CallDescription,
  type DriverDescription,
  decodeRequest,
  type Step,
} from '../../schemas/index.ts';

/** The call of the node, of a file that its calls give, or of the device's primary node, with a request number. */
export function callOfRequest(driver: DriverDescription, request: bigint): CallDescription | undefined {
  const { letter, number } = decodeRequest(request);
  const isDrm = BigInt(letter) === driver.types.constantValue('DRM_IOCTL_BASE');
  return (
    (isDrm ? callOf(driver, number) : undefined) ??
    [...driver.files.values(), ...driver.primary.values()].find(
      call => call.request?.letter === letter && call.request.number === number,
    )
  );
}

/** The ioctl of a step whose request is known beforehand. */
export function callOfStep(
  driver: DriverDescription,
  { op, args }: Pick<Step, 'op' | 'args'>,
): CallDescription | undefined {
  const request = op === 'ioctl' ? args[1] : undefined;
  return request?.kind === 'const' ? callOfRequest(driver, request.value) : undefined;
}
