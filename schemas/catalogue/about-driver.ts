/** What is told of a driver beside its calls: the open programs that use it, and a second reading of its errnos. */
import { isErrno } from '../errno/errno.ts';
import type { SecondReading } from '../generated/types/second-reading.ts';
import type { Userspace } from '../generated/types/userspace.ts';
import { type DataPath, refuse } from '../validate/invalid-data.ts';
import type { DriverDescription } from './catalogue.ts';
import { readOnce } from './read-files.ts';

type About = Pick<DriverDescription, 'userspace' | 'secondReading'>;

export function readAbout(
  files: Readonly<Record<string, unknown>>,
  folder: string,
  driver: string,
  checked: boolean,
): About {
  const read = <T extends { driver: string }>(kind: string, file: string): T | undefined => {
    const path = `${folder}${file}`;
    if (files[path] === undefined) return undefined;
    const data = readOnce<T>(kind, path, files[path], checked);
    if (data.driver !== driver)
      refuse(path, ['driver'], `the file is of ${data.driver}, expected ${driver}, the name of the folder`);
    return data;
  };
  const userspace = read<Userspace>('userspace', 'userspace.yaml');
  const secondReading = read<SecondReading>('secondReading', 'second-reading.yaml');
  return { ...(userspace ? { userspace } : {}), ...(secondReading ? { secondReading } : {}) };
}

/**
 * Every call that the files name is one of the header's or of the core's, described or not yet; every errno is one of
 * the kernel's.
 */
export function checkAbout(folder: string, driver: DriverDescription): void {
  const { userspace, secondReading, calls, facts } = driver;
  const known = (path: string, at: DataPath, call: string) => {
    if (!calls.has(call) && !facts.ioctls.some(({ name }) => name === call))
      refuse(
        path,
        at,
        `${driver.name} has no call ${call}; expected a request macro of its header or of drm.h`,
      );
  };
  for (const [index, { ioctls }] of (userspace?.userspace ?? []).entries())
    for (const [number, { call }] of ioctls.entries())
      known(`${folder}userspace.yaml`, ['userspace', index, 'ioctls', number, 'call'], call);
  const used = new Set((userspace?.userspace ?? []).flatMap(({ ioctls }) => ioctls.map(({ call }) => call)));
  for (const [index, { call }] of (userspace?.unused ?? []).entries()) {
    const at = ['unused', index, 'call'];
    known(`${folder}userspace.yaml`, at, call);
    if (used.has(call))
      refuse(
        `${folder}userspace.yaml`,
        at,
        `${call} is said to be used above and to be unused here; say one`,
      );
  }
  for (const [call, reading] of Object.entries(secondReading?.calls ?? {})) {
    const path = `${folder}second-reading.yaml`;
    known(path, ['calls', call], call);
    for (const part of ['returned', 'lost'] as const)
      for (const errno of Object.keys(reading[part] ?? {}))
        if (!isErrno(errno)) refuse(path, ['calls', call, part, errno], `${errno} is no errno`, 'key');
  }
}
