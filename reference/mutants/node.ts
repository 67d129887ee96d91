/** C10 on the node: what the machine's files say of the device is wrong. */
import type { CoreFaults } from '../model/faults.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

type FileFault = NonNullable<CoreFaults['file']>;

/** Steps that look at files that stand for the node. */
const LOOKS = ['stat', 'readfile', 'readlink', 'listdir'] as const;

export const node: MutantSource = driver => (carriesCore(driver) ? faults(driver.name) : []);

function faults(driver: string): Mutant[] {
  const file = (name: string, clauses: Mutant['clauses'], summary: string, fault: FileFault): Mutant => ({
    id: `node.${name}`,
    class: 'C10',
    clauses,
    driver,
    summary,
    ops: LOOKS,
    faults: { file: fault },
  });
  const replace =
    (end: string, from: string, to: string): FileFault =>
    (path, content) =>
      path.endsWith(end) ? content.replace(from, to) : content;
  return [
    {
      id: 'node.gpu-major',
      class: 'C10',
      clauses: ['node.major', 'node.uevent', 'node.registered'],
      driver,
      summary: 'The node has the major number of GPUs, 226.',
      ops: LOOKS,
      faults: { major: 226 },
    },
    file(
      'name-without-folder',
      ['node.name', 'node.uevent'],
      'The device is announced as accelN, not accel/accelN.',
      replace('/uevent', 'DEVNAME=accel/', 'DEVNAME='),
    ),
    file(
      'gpu-devtype',
      ['node.uevent'],
      'The device is announced with the type of GPUs, drm_minor.',
      replace('/uevent', 'accel_minor', 'drm_minor'),
    ),
    file(
      'not-in-class',
      ['node.class'],
      'The device has no dev attribute in the class accel.',
      (path, content) => (path.endsWith('/dev') ? undefined : content),
    ),
    file(
      'dev-of-another',
      ['node.class'],
      'The dev attribute holds the number of another node.',
      replace('/dev', ':0', ':1'),
    ),
    file(
      'not-registered',
      ['node.registered'],
      'The subsystem does not appear in /proc/devices.',
      replace('/devices', '261 accel', '261 char'),
    ),
  ];
}
