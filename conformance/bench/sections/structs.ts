/** Structs encoded and decoded: our codecs beside hand-written code and beside libraries for C structs. */
import { catalogue, decodeStruct, encodeStruct, type Layout, layoutOf } from '../../../schemas/index.ts';
import { Random } from '../../plan/random.ts';
import { byHand, type StructCodec } from '../by-hand.ts';
import {
  amdxdna_drm_exec_cmd,
  amdxdna_drm_query_aie_metadata,
  drm_ethosu_job,
  drm_gem_close,
  hl_info_hw_ip_info,
} from '../generated/codecs.ts';
import { compare, type Goal, timed } from '../measure.ts';
import { koffiCodec, type Plain, typedStructCodec } from '../peers.ts';
import type { Section } from '../section.ts';
import { STRUCTS } from '../structs.ts';

const generated = {
  drm_gem_close,
  drm_ethosu_job,
  amdxdna_drm_exec_cmd,
  amdxdna_drm_query_aie_metadata,
  hl_info_hw_ip_info,
};

const BY_HAND = 'hand-written DataView code';
const HAND: Goal = {
  ratio: 1 / 1.2,
  why: 'A description that costs more than a fifth of the speed would be left out where speed counts.',
};
const LIBRARY: Goal = {
  ratio: 3,
  why: 'A library that interprets a description at run time leaves much to win.',
};
/** Different values, so that nothing is computed once for all. */
const BUFFERS = 64;

/** Random bytes; those that no field covers are 0. */
function buffersOf(layout: Layout, random: Random): Uint8Array[] {
  return Array.from({ length: BUFFERS }, () => {
    const bytes = Uint8Array.from({ length: layout.size }, () => random.below(256));
    for (const { offset, size } of layout.holes) bytes.fill(0, offset, offset + size);
    return bytes;
  });
}

/** The same bytes have to come out of every codec, and the same values for every field. */
function checkSame(name: string, codec: StructCodec<Plain>, buffers: readonly Uint8Array[]): void {
  for (const bytes of buffers) {
    if (Buffer.compare(codec.encode(codec.decode(bytes)), bytes) !== 0)
      throw new Error(`${name} does not give the bytes back; mend the benchmark`);
  }
}

function sameValues(a: unknown, b: unknown): boolean {
  if (a === null || typeof a !== 'object' || b === null || typeof b !== 'object')
    return BigInt(a as number) === BigInt(b as number);
  return Object.entries(a).every(([key, value]) => sameValues(value, (b as Plain)[key]));
}

export const structs: Section = {
  name: 'structs',
  summary: 'structs encoded and decoded, beside hand-written code, koffi and typed-struct',
  async measure({ quick, seed }) {
    const random = new Random(seed);
    const rows = [];
    const repetitions = quick ? 5 : 15;
    for (const { driver, name, shape } of STRUCTS) {
      const layout = layoutOf(catalogue().drivers.get(driver)!.types, name, 'x86_64');
      const buffers = buffersOf(layout, random);
      const ours = generated[name] as unknown as StructCodec<Plain>;
      const peers = {
        [BY_HAND]: { codec: byHand[name] as unknown as StructCodec<Plain>, goal: HAND },
        'koffi, into one buffer': { codec: koffiCodec(layout), goal: LIBRARY },
        'typed-struct': { codec: typedStructCodec(layout), goal: LIBRARY },
      };
      const dynamic: StructCodec<Plain> = {
        decode: bytes => decodeStruct(layout, bytes),
        encode: value => encodeStruct(layout, value as Record<string, bigint>),
      };
      const rounds = Math.ceil((quick ? 20_000 : 60_000) / BUFFERS / Math.max(1, layout.size / 40));
      const work = (codec: StructCodec<Plain>) => () =>
        timed(() => {
          let sum = 0;
          for (let round = 0; round < rounds; round += 1)
            for (const bytes of buffers) sum += codec.encode(codec.decode(bytes))[0]!;
          if (Number.isNaN(sum)) throw new Error('no byte came back');
          return rounds * BUFFERS;
        });
      checkSame('our codec', ours, buffers);
      checkSame('our codec of a layout', dynamic, buffers);
      const row = { unit: 'structs', repetitions, warmUp: 2 };
      for (const [against, { codec, goal }] of Object.entries(peers)) {
        checkSame(against, codec, buffers);
        if (!buffers.every(bytes => sameValues(ours.decode(bytes), codec.decode(bytes))))
          throw new Error(`${against} reads other values from ${name}; mend the benchmark`);
        const what = `${name}, ${shape}: generated codec, both ways`;
        rows.push(
          await compare({ ...row, what, ours: work(ours), against, theirs: work(codec), goal }, repetitions),
        );
      }
      rows.push(
        await compare(
          {
            ...row,
            what: `${name}, ${shape}: read and written by its layout, flat, all bigint`,
            ours: work(dynamic),
            against: BY_HAND,
            theirs: work(peers[BY_HAND].codec),
            goal: HAND,
          },
          repetitions,
        ),
      );
    }
    return { rests: 'this process alone; layouts of x86_64, random values', rows };
  },
};
