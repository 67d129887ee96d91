/** What a feature map reaches: feat_matrix_length, drivers/accel/ethosu/ethosu_gem.c:195-260. */
import { FORMAT_SHIFT, STORAGE_CHAINED, STORAGE_SHIFT } from './commands.ts';
import type { Reach } from './reach.ts';
import type { MapName } from './rules.ts';
import { type FeatureMapState, U64_MAX } from './state.ts';

const u32 = (value: number): number => value >>> 0;

const NHWC = 0;
const NHCWB16 = 1;

export function isChained(map: FeatureMapState, u65: boolean): boolean {
  return !u65 && map.precision >> STORAGE_SHIFT === STORAGE_CHAINED;
}

/** The tile that holds element (x, y), and the element's place in it. Undefined: unknown storage. */
function locate(map: FeatureMapState, u65: boolean, x: number, y: number) {
  const [height0, height1] = [map.height[0] + 1, map.height[1] + 1];
  const width0 = map.width0 + 1;
  switch (u65 ? 0 : map.precision >> STORAGE_SHIFT) {
    // Two by two tiles, whose columns have heights of their own.
    case 0: {
      const right = x >= width0;
      const height = right ? height1 : height0;
      const below = y >= height;
      return {
        tile: (right ? 1 : 0) + (below ? 2 : 0),
        x: right ? x - width0 : x,
        y: below ? y - height : y,
      };
    }
    // Three tiles above each other; each height counts from the top.
    case 1:
      if (y >= height1) return { tile: 2, x, y: y - height1 };
      if (y >= height0) return { tile: 1, x, y: y - height0 };
      return { tile: 0, x, y };
    default:
      return undefined;
  }
}

/** Bytes between the row's start and the last element; the driver wraps what is not multiplied by a stride at 32 bits. */
function inRow(map: FeatureMapState, x: number, c: number, elementBytes: number): bigint {
  switch ((map.precision >> FORMAT_SHIFT) & 0x3) {
    case NHWC:
      return BigInt(x) * map.strideX + BigInt(u32(c * elementBytes));
    case NHCWB16: {
      const brick = u32(16 * x + (c & 0xf));
      return BigInt(c >>> 4) * map.strideC + BigInt(u32(brick * elementBytes));
    }
    default:
      return 0n;
  }
}

/**
 * Notes how far the map's element (x, y, c) reaches; x, y and c are u32. Gives the broken rule. Only the tile of
 * this one element is looked at, and only the element's first byte counts.
 */
export function mapReach(
  name: MapName,
  map: FeatureMapState,
  u65: boolean,
  [x, y, c]: readonly [number, number, number],
  reach: Reach,
): string | undefined {
  if (map.region < 0) return `${name}-region-set`;
  if (isChained(map, u65)) return undefined;
  const at = locate(map, u65, x, y);
  if (at === undefined) return `${name}-storage`;
  const base = map.base[at.tile]!;
  if (base === U64_MAX) return `${name}-tile-base-set`;
  const elementBytes = 1 << ((map.precision >> (name === 'ofm' ? 1 : 2)) & 0x3);
  // Strides that were never set are -1, so that an address may lie before its base, or wrap.
  const last = BigInt.asUintN(64, base + BigInt(at.y) * map.strideY + inRow(map, at.x, c, elementBytes));
  if (last === U64_MAX) return `${name}-end`;
  reach.upTo(map.region, last + 1n);
  return undefined;
}
