/** C10 and C20: keys of fdinfo that do not fit each other. */
import type { MutantSource } from './mutant.ts';
import { type FdinfoEntry, type FdinfoFault, toldInFdinfo } from './told-in-fdinfo.ts';

/** A line more, where the core prints anything. */
const more =
  (line: string): FdinfoFault =>
  text =>
    /^drm-driver:/m.test(text) ? `${text}${line}\n` : text;

/** Another id at each look. */
function counting(): FdinfoFault {
  let looks = 0;
  return text =>
    text.replace(/^(drm-client-id:\t)(\d+)$/m, (_line, key, id) => {
      looks += 1;
      return `${key}${BigInt(id) + BigInt(looks) * 1000n}`;
    });
}

/** The name that was there at the first look with one. */
function firstName(): FdinfoFault {
  let first: string | undefined;
  return text =>
    text.replace(/^drm-client-name:.*$/m, line => {
      first ??= line;
      return first;
    });
}

const FAULTS: readonly FdinfoEntry[] = [
  [
    'foreign-key',
    'C10',
    'fdinfo.driver-keys',
    () => more('heap-size:\t1'),
    'A key of the driver lacks the name of the driver.',
  ],
  [
    'id-of-the-look',
    'C20',
    'fdinfo.duplicate',
    counting,
    'Two descriptors of one client show two drm-client-id.',
  ],
  [
    'capacity-alone',
    'C10',
    'fdinfo.capacity',
    () => more('drm-engine-capacity-none:\t2'),
    'The capacity of an engine is printed without the engine.',
  ],
  [
    'cycles-alone',
    'C10',
    'fdinfo.cycles',
    () => more('drm-cycles-main:\t1'),
    'Cycles are printed without what they are to be compared with.',
  ],
  [
    'cycles-twice',
    'C10',
    'fdinfo.cycles',
    () => more('drm-cycles-main:\t1\ndrm-total-cycles-main:\t2\ndrm-maxfreq-main:\t1 MHz'),
    'Cycles are printed with a total and a frequency.',
  ],
  [
    'more-shared-than-all',
    'C10',
    'fdinfo.parts',
    () => text => text.replace(/^(drm-shared-\S+:\t).*$/m, '$11048576 MiB'),
    'More is shared than there is.',
  ],
  [
    'old-name',
    'C10',
    'fdinfo.deprecated',
    () => more('drm-memory-memory:\t0'),
    'The size that is resident is printed under its old name.',
  ],
  [
    'first-name',
    'C10',
    'fdinfo.name',
    firstName,
    'The first name of a client is shown after it gave itself another.',
  ],
];

export const fdinfo: MutantSource = driver => toldInFdinfo(driver, 'fdinfo', FAULTS);
