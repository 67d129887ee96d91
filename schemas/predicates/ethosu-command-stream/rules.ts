/** The rules of a command stream, in the words of a report, with the line that enforces each in Linux 7.3.4. */
import type { PredicateRule } from '../predicate.ts';

const FILE = 'drivers/accel/ethosu/ethosu_gem.c';

const rule = (name: string, line: number, sentence: string): PredicateRule => ({
  name,
  sentence,
  source: `${FILE}:${line}`,
});

export type DmaSide = 'source' | 'destination';

const dmaRules = (side: DmaSide): PredicateRule[] => [
  rule(
    `dma-${side}-rows`,
    171,
    `The ${side} stride between rows of a DMA copy is not below minus its length.`,
  ),
  rule(
    `dma-${side}-planes`,
    178,
    `The ${side} stride between planes of a DMA copy is not below minus the bytes of a plane.`,
  ),
  rule(`dma-${side}-volume`, 181, `The bytes that a DMA copy spans in its ${side} fit in 64 bits.`),
  rule(
    `dma-${side}-end`,
    187,
    `The ${side} offset of a DMA copy in a region is set, and offset plus bytes fit in 64 bits.`,
  ),
  rule(
    `dma-${side}-all-ones`,
    438,
    `The bytes that a DMA copy spans in its ${side} are not 2^64 - 1, which the driver takes for an error.`,
  ),
];

export type MapName = 'ifm' | 'ifm2' | 'ofm';

const mapRules = (name: MapName): PredicateRule[] => {
  const map = name.toUpperCase();
  return [
    rule(`${name}-region-set`, 211, `The region of the ${map} is set before an operation uses it.`),
    rule(
      `${name}-storage`,
      237,
      `On U85 the storage of the ${map}, bits 14 and 15 of its precision, is not 3.`,
    ),
    rule(`${name}-tile-base-set`, 240, `The base of the ${map} tile that holds the last element is set.`),
    rule(
      `${name}-end`,
      { ifm: 289, ifm2: 298, ofm: 330 }[name],
      `The last address of the ${map} is not 2^64 - 1, which the driver takes for an error.`,
    ),
  ];
};

export type BufferName = 'weight' | 'scale';

const bufferRules = (name: BufferName, line: number): PredicateRule[] => [
  rule(`${name}-region-set`, line, `The region of the ${name} buffer is set before an operation uses it.`),
  rule(`${name}-base-set`, line, `The base of the ${name} buffer is set before an operation uses it.`),
  rule(
    `${name}-length-set`,
    line + 1,
    `The length of the ${name} buffer is set before an operation uses it, to less than 2^32 - 1.`,
  ),
];

export const RULES: readonly PredicateRule[] = [
  rule('whole-commands', 423, 'The second word of every two-word command lies inside the stream.'),
  rule('stop-is-last', 431, 'NPU_OP_STOP stands nowhere but in the last word.'),
  rule('stop-present', 697, 'The last command is NPU_OP_STOP.'),
  rule('no-resize', 475, 'There is no NPU_OP_RESIZE.'),
  rule('dma-length-set', 167, 'The length of a DMA copy is set before NPU_OP_DMA_START.'),
  ...dmaRules('source'),
  ...dmaRules('destination'),
  rule(
    'kernel-stride-set',
    271,
    'The kernel stride is set, to less than 0xffff, before an operation uses it.',
  ),
  rule('ifm-height', 282, 'The padding above and below does not exceed the height that the operation reads.'),
  rule('ifm-width', 282, 'The padding left and right does not exceed the width that the operation reads.'),
  ...mapRules('ifm'),
  ...mapRules('ifm2'),
  ...bufferRules('weight', 306),
  ...bufferRules('scale', 318),
  ...mapRules('ofm'),
];
