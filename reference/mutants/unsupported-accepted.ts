/** C06: what does not exist or is not supported is not refused. */
import { type DriverDescription, systemConstant } from '../../schemas/index.ts';
import { isDefined } from '../drm/environment.ts';
import { droppedChecks } from './checks.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

export const unsupportedAccepted: MutantSource = driver => [
  ...droppedChecks(driver, 'C06'),
  ...(carriesCore(driver) ? routed(driver) : []),
];

/** Numbers that lead to a handler that is not theirs. */
function routed(driver: DriverDescription): Mutant[] {
  const version = driver.calls.get('DRM_IOCTL_VERSION')!.request!.number;
  const last = Math.max(...driver.numbers.driver);
  const mutant = (id: string, summary: string, route: (number: number) => number): Mutant => ({
    id,
    class: 'C06',
    clauses: ['dispatch.number'],
    driver: driver.name,
    summary,
    faults: { route },
  });
  return [
    mutant(
      'dispatch.number-falls-through',
      'A number that nobody defines runs the handler of VERSION.',
      number => (isDefined(driver, number) ? number : version),
    ),
    mutant(
      'dispatch.number-past-the-end',
      "The first number after the driver's last is let through to a handler.",
      number => (number === last + 1 ? systemConstant('DRM_COMMAND_BASE') : number),
    ),
  ];
}
