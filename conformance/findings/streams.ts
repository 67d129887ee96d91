/**
 * Command streams of which the ethosu driver counts less than the device reaches: each runs as a job with buffers
 * that are far too small. Lines are those of Linux 7.3.4.
 */
import { StreamBuilder } from '../../schemas/index.ts';
import type { Finding } from './finding.ts';

const PAGE = 4096n;

interface Uncounted {
  readonly id: string;
  readonly title: string;
  readonly line: number;
  readonly profile?: 'u85';
  readonly words: readonly number[];
  /** How many regions the driver knows of; each gets a buffer of one page. */
  readonly regions: 0 | 1 | 2;
}

const streams: readonly Uncounted[] = [
  {
    id: 'ethosu-tile-unchecked',
    title:
      'A job whose output has a tile at 2^40 - 1 runs on a buffer of one page: only the tile of the last element is counted.',
    line: 217,
    regions: 1,
    words: [0x11f, 0x112, 0x11a, 0x00ff4010, 0xffffffff, 0x4011, 0, 0x00040005, 0],
  },
  {
    id: 'ethosu-stride-unset',
    title:
      'A job whose stream never sets the strides of its output runs on one page: they count as -1, so row 65535 lies before row 0.',
    line: 243,
    regions: 1,
    words: [0x11f, 0x4010, 0xffff, 0x00040005, 0],
  },
  {
    id: 'ethosu-element-unchecked',
    title:
      'A job that writes an element of 8 bytes at the last byte of its buffer runs: of the last element one byte is counted.',
    line: 257,
    regions: 1,
    words: [0x11f, 0x01060114, 0x111, 0x112, 0x113, 0x4010, 0xfff, 0x00040005, 0],
  },
  {
    id: 'ethosu-input-unchecked',
    title:
      'An element-wise job on a U65 has its input counted for one element, whatever its size: IFM_BROADCAST, which a U65 does not have, counts as set.',
    line: 348,
    regions: 1,
    words: [0x10f, 0x4000, 0, 0x11f, 0x112, 0x4010, 0, 0x6, 0],
  },
  {
    id: 'ethosu-weights-unchecked',
    title: 'A job whose second weights lie at 2^40 - 1 runs on one page: only the first are counted.',
    line: 309,
    regions: 1,
    words: [
      0x122, 0x10f, 0x4000, 0, 0x4005, 0, 0x111, 0x112, 0x11f, 0x4010, 0, 0x128, 0x4020, 0, 0x4021, 0,
      0x00ff4090, 0xffffffff, 0x4091, 0x1000, 2, 0,
    ],
  },
  {
    id: 'ethosu-scales-unchecked',
    title: 'A job whose second scales lie at 2^40 - 1 runs on one page: only the first are counted.',
    line: 321,
    regions: 1,
    words: [
      0x11f, 0x114, 0x111, 0x112, 0x113, 0x4010, 0, 0x129, 0x4022, 0, 0x4023, 0, 0x00ff4092, 0xffffffff,
      0x4093, 0x1000, 0x00040005, 0,
    ],
  },
  {
    id: 'ethosu-rows-overlap',
    title:
      'A job with a DMA copy of 2^39 bytes, one row at a stride of 1 - 2^39, runs on one page: one byte is counted.',
    line: 173,
    regions: 1,
    words: [
      0x00804032, 0, 0x02000130, 0x131, 0x00010132, 0x4030, 0, 0x4031, 0, 0x00804033, 1, 0x00804035, 1, 0x10,
      0,
    ],
  },
  {
    id: 'ethosu-no-buffer',
    title:
      'A job with a DMA copy of rows of 4096 bytes at a stride of -4096 runs without any buffer: nothing is counted, and the base is that of an earlier job.',
    line: 173,
    regions: 0,
    words: [
      0x4032, 0x1000, 0x02000130, 0x131, 0x4030, 0, 0x4031, 0, 0x00ff4033, 0xfffff000, 0x00ff4035, 0xfffff000,
      0x10, 0,
    ],
  },
];

export const streamFindings: readonly Finding[] = streams.map(
  ({ id, title, line, profile, words, regions }) => ({
    id,
    title,
    target: profile ? `qemu:ethosu,profile=${profile}` : 'qemu:ethosu',
    source: `drivers/accel/ethosu/ethosu_gem.c:${line}`,
    clause: 'argument.range',
    call: 'DRM_IOCTL_ETHOSU_SUBMIT',
    who: 'client',
    described: true,
    // What a buffer too small for the counted reach is refused with (ethosu_job.c:496); none at all is ENOENT.
    ends: { wrong: 'success', right: regions === 0 ? 'ENOENT' : 'EOVERFLOW' },
    steps: scene => {
      const fd = scene.client();
      const buffers = Array.from({ length: regions }, () => scene.memory(fd, PAGE));
      const commands = scene.commands(fd, new StreamBuilder().words(...words).bytes());
      return scene.submit(fd, [{ commands, regions: buffers }]);
    },
  }),
);
