/**
 * Command streams of which the ethosu driver counts less than the device reaches: each runs as a job with buffers
 * that are far too small. A stream sets everything but what it is about. Lines are those of Linux 7.3.4.
 */
import { type FeatureMap, NO_SCALE_BUFFER, StreamBuilder } from '../../schemas/index.ts';
import type { Finding } from './finding.ts';

const PAGE = 4096;
/** The last address of 40 bits. */
const TOP = (1n << 40n) - 1n;
/** The mode of a pooling that reads nothing. */
const NO_INPUT = 4;
const ADD = 1;
const SCALAR = 0x80;

/** One element at the start of region 0. */
const SMALL: FeatureMap = {
  region: 0,
  bases: [0],
  strides: { x: 0, y: 0, c: 0 },
  precision: NO_SCALE_BUFFER,
};

/** An output of so many columns and rows, of depth 1. */
function output(columns: number, rows: number): StreamBuilder {
  return new StreamBuilder()
    .set('NPU_SET_OFM_WIDTH_M1', columns - 1)
    .set('NPU_SET_OFM_HEIGHT_M1', rows - 1)
    .set('NPU_SET_OFM_DEPTH_M1', 0);
}

/** An operation that only writes its output. */
const pooled = (stream: StreamBuilder) => stream.operate('NPU_OP_POOL', NO_INPUT).stop();

/** A kernel of one element without padding over an input of depth 1. */
function convolution(): StreamBuilder {
  return output(1, 1)
    .map('OFM', SMALL)
    .map('IFM', SMALL)
    .set('NPU_SET_IFM_DEPTH_M1', 0)
    .set('NPU_SET_KERNEL_WIDTH_M1', 0)
    .set('NPU_SET_KERNEL_HEIGHT_M1', 0)
    .set('NPU_SET_KERNEL_STRIDE', 0)
    .set('NPU_SET_IFM_PAD_TOP', 0)
    .set('NPU_SET_IFM_PAD_LEFT', 0)
    .set('NPU_SET_IFM_PAD_BOTTOM', 0)
    .set('NPU_SET_IFM_PAD_RIGHT', 0);
}

interface Uncounted {
  readonly id: string;
  readonly title: string;
  readonly line: number;
  readonly stream: StreamBuilder;
  /** Nothing is counted, so not even a buffer is asked for. */
  readonly without?: true;
}

const streams: readonly Uncounted[] = [
  {
    id: 'ethosu-tile-unchecked',
    title:
      'A job whose output has a tile at 2^40 - 1 runs on a buffer of one page: only the tile of the last element is counted.',
    line: 217,
    stream: pooled(
      output(2, 1).map('OFM', {
        ...SMALL,
        bases: [TOP, 0],
        tile: { width0: 0, height0: 0, height1: 0 },
      }),
    ),
  },
  {
    id: 'ethosu-stride-unset',
    title:
      'A job that never sets the strides of its output of 65536 rows runs on one page: they count as -1, whatever the device has.',
    line: 243,
    stream: pooled(
      output(1, 65536)
        .set('NPU_SET_OFM_REGION', 0)
        .set('NPU_SET_OFM_PRECISION', NO_SCALE_BUFFER)
        .set('NPU_SET_OFM_WIDTH0_M1', 0xffff)
        .set('NPU_SET_OFM_HEIGHT0_M1', 0xffff)
        .set('NPU_SET_OFM_HEIGHT1_M1', 0xffff)
        .set('NPU_SET_OFM_BASE0', 0xffff),
    ),
  },
  {
    id: 'ethosu-element-unchecked',
    title:
      'A job that writes an element of 8 bytes at the last byte of its buffer runs: of the last element one byte is counted.',
    line: 257,
    stream: pooled(output(1, 1).map('OFM', { ...SMALL, bases: [PAGE - 1], elementBits: 3 })),
  },
  {
    id: 'ethosu-input-unchecked',
    title:
      'An element-wise job on a U65 has its input of 16 pages counted for one element: IFM_BROADCAST, which a U65 does not have, counts as set.',
    line: 348,
    stream: output(1, 16)
      .map('OFM', SMALL)
      .map('IFM', { ...SMALL, strides: { x: 0, y: PAGE, c: 0 } })
      .set('NPU_SET_IFM2_BROADCAST', SCALAR)
      .operate('NPU_OP_ELEMENTWISE', ADD)
      .stop(),
  },
  {
    id: 'ethosu-weights-unchecked',
    title: 'A job whose second weights lie at 2^40 - 1 runs on one page: only the first are counted.',
    line: 309,
    stream: convolution()
      .buffer('WEIGHT', 0, 0, 16)
      .set('NPU_SET_WEIGHT1_BASE', TOP)
      .set('NPU_SET_WEIGHT1_LENGTH', 16)
      .operate('NPU_OP_CONV')
      .stop(),
  },
  {
    id: 'ethosu-scales-unchecked',
    title: 'A job whose second scales lie at 2^40 - 1 runs on one page: only the first are counted.',
    line: 321,
    stream: pooled(
      output(1, 1)
        .map('OFM', { ...SMALL, precision: 0 })
        .buffer('SCALE', 0, 0, 16)
        .set('NPU_SET_SCALE1_BASE', TOP)
        .set('NPU_SET_SCALE1_LENGTH', 16),
    ),
  },
  {
    id: 'ethosu-rows-overlap',
    title:
      'A job with a DMA copy of one row of 2^39 bytes, at a stride of 1 - 2^39, runs on one page: one byte is counted.',
    line: 173,
    stream: new StreamBuilder()
      .copy({
        from: { region: 0 },
        to: 'internal',
        length: 1n << 39n,
        rows: { count: 1, from: 1n - (1n << 39n), to: 0 },
      })
      .stop(),
  },
  {
    id: 'ethosu-no-buffer',
    title:
      'A job that writes one row of 4096 bytes, at a stride of -4096, runs without any buffer: nothing is counted, and the base stays that of an earlier job.',
    line: 173,
    stream: new StreamBuilder()
      .copy({
        from: 'internal',
        to: { region: 0 },
        length: PAGE,
        rows: { count: 1, from: 0, to: -PAGE },
      })
      .stop(),
    without: true,
  },
];

export const streamFindings: readonly Finding[] = streams.map(({ id, title, line, stream, without }) => ({
  id,
  title,
  target: 'qemu:ethosu',
  source: `drivers/accel/ethosu/ethosu_gem.c:${line}`,
  clause: 'argument.range',
  call: 'DRM_IOCTL_ETHOSU_SUBMIT',
  who: 'client',
  described: true,
  // What a buffer too small for the counted reach is refused with (ethosu_job.c:496); none at all is ENOENT.
  ends: { wrong: 'success', right: without ? 'ENOENT' : 'EOVERFLOW' },
  steps: scene => {
    const fd = scene.client();
    const regions = without ? [] : [scene.memory(fd, BigInt(PAGE))];
    return scene.submit(fd, [{ commands: scene.commands(fd, stream.bytes()), regions }]);
  },
}));
