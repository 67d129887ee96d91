/** What the operations reach: calc_sizes and calc_sizes_elemwise, drivers/accel/ethosu/ethosu_gem.c:262-384, :447-476. */
import { NO_SCALE_BUFFER, OPERATIONS, POOL_WITHOUT_IFM, SCALAR, SCALAR_U65, UNARY } from './commands.ts';
import { isChained, mapReach } from './map-size.ts';
import type { Reach } from './reach.ts';
import type { BufferName } from './rules.ts';
import { type Buffer, type FeatureMapState, type State, U16_MAX, U32_MAX, U64_MAX } from './state.ts';

function ofmReach(state: State, u65: boolean, reach: Reach): string | undefined {
  const { ofm } = state;
  const broken = mapReach('ofm', ofm, u65, [ofm.width, ofm.height[2], ofm.depth], reach);
  if (broken === undefined && !isChained(ofm, u65)) reach.writes(ofm.region);
  return broken;
}

function bufferReach(name: BufferName, buffer: Buffer, reach: Reach): string | undefined {
  if (buffer.region < 0) return `${name}-region-set`;
  if (buffer.base === U64_MAX) return `${name}-base-set`;
  if (buffer.length === U32_MAX) return `${name}-length-set`;
  reach.upTo(buffer.region, buffer.base + BigInt(buffer.length));
  return undefined;
}

/** The kernel stride has its two bits for each direction apart: 0 and 6 for x, 1 and 9 for y. */
function kernelReach(state: State, u65: boolean, reach: Reach): string | undefined {
  const { ifm, ofm, strideKernel } = state;
  if (strideKernel === U16_MAX) return 'kernel-stride-set';
  const strideY = ((strideKernel >> 8) & 0x2) + ((strideKernel >> 1) & 0x1) + 1;
  const strideX = ((strideKernel >> 5) & 0x2) + (strideKernel & 0x1) + 1;
  // At most 5 * 65535: nothing wraps.
  const height = ofm.height[2] * strideY + ifm.height[2] - (state.padTop + state.padBottom);
  const width = ofm.width * strideX + ifm.width - (state.padLeft + state.padRight);
  if (height < 0) return 'ifm-height';
  if (width < 0) return 'ifm-width';
  return mapReach('ifm', ifm, u65, [width, height, ifm.depth], reach);
}

interface Uses {
  readonly ifm: boolean;
  readonly ifm2: boolean;
  readonly weight: boolean;
  readonly scale: boolean;
}

function kernelOperation(state: State, u65: boolean, reach: Reach, uses: Uses): string | undefined {
  const { ifm, ifm2, ofm } = state;
  return (
    (uses.ifm ? kernelReach(state, u65, reach) : undefined) ??
    (uses.ifm2 ? mapReach('ifm2', ifm2, u65, [ifm.depth, 0, ofm.depth], reach) : undefined) ??
    (uses.weight ? bufferReach('weight', state.weight, reach) : undefined) ??
    (uses.scale ? bufferReach('scale', state.scale, reach) : undefined) ??
    ofmReach(state, u65, reach)
  );
}

/** An operand has the size of the result, but in the dimensions in which it is broadcast. */
function operand(map: FeatureMapState, ofm: FeatureMapState): [number, number, number] {
  return [
    map.broadcast & 0x2 ? 0 : ofm.width,
    map.broadcast & 0x1 ? 0 : ofm.height[2],
    map.broadcast & 0x4 ? 0 : ofm.depth,
  ];
}

function elementwise(state: State, u65: boolean, parameter: number, reach: Reach): string | undefined {
  const { ifm, ifm2, ofm } = state;
  const scalar = u65 ? (ifm2.broadcast & SCALAR_U65) !== 0 : ifm2.broadcast === SCALAR;
  return (
    (ifm.broadcast !== SCALAR ? mapReach('ifm', ifm, u65, operand(ifm, ofm), reach) : undefined) ??
    (!scalar && !UNARY.includes(parameter)
      ? mapReach('ifm2', ifm2, u65, operand(ifm2, ofm), reach)
      : undefined) ??
    ofmReach(state, u65, reach)
  );
}

/** Measures one operation of the arithmetic engine; other commands reach nothing. Gives the broken rule. */
export function operate(
  state: State,
  u65: boolean,
  command: number,
  parameter: number,
  reach: Reach,
): string | undefined {
  const scale = (state.ofm.precision & NO_SCALE_BUFFER) === 0;
  switch (command) {
    case OPERATIONS.NPU_OP_CONV:
    case OPERATIONS.NPU_OP_DEPTHWISE: {
      const ifm2 = (parameter & 0x1) !== 0;
      return kernelOperation(state, u65, reach, { ifm: true, ifm2, weight: !ifm2, scale });
    }
    case OPERATIONS.NPU_OP_POOL: {
      const ifm = parameter !== POOL_WITHOUT_IFM;
      return kernelOperation(state, u65, reach, { ifm, ifm2: false, weight: false, scale });
    }
    case OPERATIONS.NPU_OP_ELEMENTWISE:
      return elementwise(state, u65, parameter, reach);
    case OPERATIONS.NPU_OP_RESIZE:
      return 'no-resize';
    default:
      return undefined;
  }
}
