/** struct ethosu_validated_cmdstream_info (drivers/accel/ethosu/ethosu_gem.h): what the stream needs of each region. */
export const REGIONS = 8;

export class Reach {
  private readonly sizes: bigint[] = Array<bigint>(REGIONS).fill(0n);
  private readonly written: boolean[] = Array<boolean>(REGIONS).fill(false);

  /** `end` is a u64, already wrapped. */
  upTo(region: number, end: bigint): void {
    if (end > this.sizes[region]!) this.sizes[region] = end;
  }

  writes(region: number): void {
    this.written[region] = true;
  }

  properties(): Map<string, bigint> {
    return new Map([
      ...this.sizes.map((size, region) => [`region_size.${region}`, size] as const),
      ...this.written.map((yes, region) => [`output_region.${region}`, yes ? 1n : 0n] as const),
    ]);
  }
}

export const PROPERTIES: readonly string[] = [...new Reach().properties().keys()];
