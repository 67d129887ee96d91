import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { predicates } from '../index.ts';
import type { Parameter, Predicate } from '../predicate.ts';
import { StreamBuilder } from './index.ts';

const predicate: Predicate = predicates.get('ethosu_command_stream')!;

/** ID registers of the two generations, as the driver reports them. */
const GENERATIONS: readonly (readonly [string, Parameter])[] = [
  ['u65', () => 0x10006010n],
  ['u85', () => 0x20008010n],
];
const [[, U65], [, U85]] = GENERATIONS as [readonly [string, Parameter], readonly [string, Parameter]];

const decided = (bytes: Uint8Array, param = U65) => predicate.decide(bytes, param);

/** Region sizes that are not 0, and regions that are written. */
function reach(bytes: Uint8Array, param = U65): Record<string, bigint> {
  const { broken, properties } = decided(bytes, param);
  assert.is(broken, undefined);
  return Object.fromEntries([...properties].filter(([, value]) => value !== 0n));
}

test('the parameter that it asks for is the one it names', () => {
  const asked = new Set<string>();
  const param: Parameter = name => {
    asked.add(name);
    return 0n;
  };
  predicate.decide(new Uint8Array(4), param);
  predicate.good(param, () => 0);
  predicate.witnesses('no-resize', param);
  assert.equal([...asked], predicate.params);
});

test('every property that it names should be known of a good stream, and none of a broken one', () => {
  assert.equal([...decided(new Uint8Array(4)).properties.keys()], predicate.properties);
  assert.is(decided(new Uint8Array(8)).properties.size, 0);
  assert.is(predicate.properties.length, 16);
});

test('architecture 1 is U65, everything else is U85', () => {
  const storage3 = new StreamBuilder()
    .map('OFM', { region: 0, bases: [0], strides: { x: 0, y: 0, c: 0 }, storage: 3, precision: 0x100 })
    .operate('NPU_OP_POOL', 4)
    .stop()
    .bytes();
  const broken = (id: bigint) => decided(storage3, () => id).broken;
  assert.is(broken(0x10006010n), undefined);
  assert.is(broken(0x1fffffffn), undefined);
  for (const id of [0n, 0x0fffffffn, 0x20008010n, 0x30000000n, 0x90000000n])
    assert.is(broken(id), 'ofm-storage', id.toString(16));
});

for (const [generation, param] of GENERATIONS) {
  test(`${generation}: every rule has a witness, and a control that keeps all rules`, () => {
    for (const { name } of predicate.rules) {
      const witnesses = predicate.witnesses(name, param);
      const unbreakable = generation === 'u65' && name.endsWith('-storage');
      assert.is(witnesses.length === 0, unbreakable, name);
      for (const { title, bytes, control } of witnesses) {
        assert.is(decided(bytes, param).broken, name, `${name}: ${title}`);
        assert.is(decided(control, param).broken, undefined, `${name}: control of ${title}`);
      }
    }
  });

  test(`${generation}: good streams keep every rule`, () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), numbers => {
        const choose = (count: number) => (numbers.next().value ?? 0) % count;
        const bytes = predicate.good(param, choose);
        const { broken, consumed } = decided(bytes, param);
        assert.is(broken, undefined);
        assert.is(consumed, bytes.length - (bytes.length % 4));
      }),
      { numRuns: 300, seed: 65 },
    );
  });

  test(`${generation}: good streams reach every region, write some, and come short and long`, () => {
    const lengths = new Set<number>();
    const seen = new Set<string>();
    for (const numbers of fc.sample(fc.infiniteStream(fc.nat()), { numRuns: 200, seed: 85 })) {
      const bytes = predicate.good(param, count => (numbers.next().value ?? 0) % count);
      lengths.add(bytes.length);
      for (const [name, value] of decided(bytes, param).properties) if (value > 0n) seen.add(name);
    }
    assert.equal([...seen].sort(), [...predicate.properties].sort());
    assert.ok(lengths.has(4) && lengths.size > 50 && Math.max(...lengths) > 8192);
  });
}

test('titles and rule names should be unique, so that a report is clear', () => {
  const names = predicate.rules.map(rule => rule.name);
  assert.is(new Set(names).size, names.length);
  for (const name of names) {
    const titles = predicate.witnesses(name, U85).map(witness => witness.title);
    assert.is(new Set(titles).size, titles.length, name);
  }
  assert.throws(() => predicate.witnesses('none', U65), /no rule none; expected one of whole-commands/);
});

test('what has been read when the decision falls', () => {
  const consumed = (...words: number[]) => {
    const { broken, consumed } = decided(new StreamBuilder().words(...words).bytes());
    return [broken, consumed];
  };
  assert.equal(consumed(), ['stop-present', 0]);
  assert.equal(consumed(0), [undefined, 4]);
  assert.equal(consumed(0, 0, 0), ['stop-is-last', 4]);
  assert.equal(consumed(0x104, 0x104), ['stop-present', 8]);
  assert.equal(consumed(0x104, 0x10, 0x104, 0), ['dma-length-set', 8]);
  assert.equal(consumed(0x4030, 0x10, 0x7, 0), ['no-resize', 12]);
  // The second word is read past the end.
  assert.equal(consumed(0x104, 0x4030), ['whole-commands', 12]);
  assert.is(decided(new Uint8Array([0, 0, 0, 0, 1, 2, 3])).broken, undefined);
});

test('a DMA copy reaches offset plus length, and what it writes is output', () => {
  const region = fc.integer({ min: 0, max: 7 });
  const address = fc.bigInt({ min: 0n, max: (1n << 40n) - 1n });
  fc.assert(
    fc.property(fc.array(fc.tuple(region, address, region, address, address), { maxLength: 6 }), copies => {
      const stream = new StreamBuilder();
      const expected: Record<string, bigint> = {};
      for (const [from, read, to, written, length] of copies) {
        stream.copy({ from: { region: from, offset: read }, to: { region: to, offset: written }, length });
        for (const [number, start] of [
          [from, read],
          [to, written],
        ] as const) {
          const name = `region_size.${number}`;
          if (start + length > (expected[name] ?? 0n)) expected[name] = start + length;
        }
        expected[`output_region.${to}`] = 1n;
      }
      const sorted = (record: object) => Object.entries(record).sort();
      assert.equal(sorted(reach(stream.stop().bytes())), sorted(expected));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('rows and planes stretch a DMA copy on each side by its own strides', () => {
  const stream = new StreamBuilder().copy({
    from: { region: 3, offset: 7 },
    to: { region: 5, offset: 9 },
    length: 100,
    rows: { count: 4, from: 28, to: -50 },
    planes: { count: 3, from: -12, to: 1000 },
  });
  assert.equal(reach(stream.stop().bytes()), {
    'region_size.3': ((100n + 28n) * 4n - 12n) * 3n + 7n,
    'region_size.5': ((100n - 50n) * 4n + 1000n) * 3n + 9n,
    'output_region.5': 1n,
  });
});

test('the top eight bits of an address come from the first word, bits 16 to 23', () => {
  const stream = new StreamBuilder().words(0xab12_4030, 0x3456_789a, 0x4032, 1, 0x130, 0x100_0131, 0x10, 0);
  assert.equal(reach(stream.bytes()), { 'region_size.0': 0x12_3456_789bn });
});

test('an offset never set is let pass where nothing is copied, and reaches 2^64 - 1', () => {
  const stream = new StreamBuilder().words(0x4032, 0, 0x130, 0x100_0131, 0x10, 0);
  assert.equal(reach(stream.bytes()), { 'region_size.0': (1n << 64n) - 1n });
});

/** A pool that makes its OFM from nothing, so that the OFM alone is measured. */
function ofm(
  precision: number,
  [width, height, depth]: [number, number, number],
  tile = { width0: 0xffff, height0: 0xffff, height1: 0xffff },
): Uint8Array {
  return new StreamBuilder()
    .map('OFM', {
      region: 6,
      bases: [0x10_0000, 0x20_0000, 0x30_0000, 0x40_0000],
      strides: { x: 100, y: 10000, c: 1000 },
      tile,
      precision: precision | 0x100,
    })
    .set('NPU_SET_OFM_WIDTH_M1', width)
    .set('NPU_SET_OFM_HEIGHT_M1', height)
    .set('NPU_SET_OFM_DEPTH_M1', depth)
    .operate('NPU_OP_POOL', 4)
    .stop()
    .bytes();
}

test('the layouts of a feature map', () => {
  const size = (...args: Parameters<typeof ofm>) => reach(ofm(...args))['region_size.6'];
  const base = 0x10_0000n;
  assert.is(size(0x000, [5, 3, 37]), base + 30000n + 500n + 37n + 1n);
  assert.is(size(0x004, [5, 3, 37]), base + 30000n + 500n + 37n * 4n + 1n);
  assert.is(size(0x040, [5, 3, 37]), base + 30000n + 2n * 1000n + (16n * 5n + 5n) + 1n);
  assert.is(size(0x046, [5, 3, 37]), base + 30000n + 2n * 1000n + (16n * 5n + 5n) * 8n + 1n);
  // The two unknown formats are not refused, and reach as far as their last row begins.
  assert.is(size(0x080, [5, 3, 37]), base + 30000n + 1n);
  assert.is(size(0x0c0, [5, 3, 37]), base + 30000n + 1n);
});

test('the tiles of a feature map', () => {
  const tile = { width0: 4, height0: 2, height1: 1 };
  const end = (bytes: Uint8Array, param = U85) => reach(bytes, param)['region_size.6']! - 1n;
  // Two by two; the right column has its own height.
  assert.is(end(ofm(0, [4, 2, 0], tile)), 0x10_0000n + 20400n);
  assert.is(end(ofm(0, [5, 1, 0], tile)), 0x20_0000n + 10000n);
  assert.is(end(ofm(0, [4, 3, 0], tile)), 0x30_0000n + 400n);
  assert.is(end(ofm(0, [6, 2, 0], tile)), 0x40_0000n + 100n);
  // Three above each other on U85; on U65 the bits are not storage.
  const stacked = { width0: 0, height0: 2, height1: 4 };
  assert.is(end(ofm(0x4000, [6, 2, 0], stacked)), 0x10_0000n + 20600n);
  assert.is(end(ofm(0x4000, [6, 3, 0], stacked)), 0x20_0000n + 600n);
  assert.is(end(ofm(0x4000, [6, 6, 0], stacked)), 0x30_0000n + 10600n);
  assert.is(end(ofm(0x4000, [6, 6, 0], stacked), U65), 0x40_0000n + 10500n);
});

test('a chained OFM lies in no region on U85, in its own on U65', () => {
  const bytes = ofm(0x8000, [0, 0, 0]);
  assert.equal(reach(bytes, U85), {});
  assert.equal(reach(bytes, U65), { 'region_size.6': 0x10_0001n, 'output_region.6': 1n });
});

test('what elementwise reads depends on the broadcast of both operands and on the generation', () => {
  const stream = (ifm: number, ifm2: number, operation = 0) =>
    new StreamBuilder()
      .map('IFM', { region: 0, bases: [0], strides: { x: 10, y: 100, c: 0 } })
      .map('IFM2', { region: 1, bases: [0], strides: { x: 10, y: 100, c: 0 } })
      .map('OFM', { region: 2, bases: [0], strides: { x: 10, y: 100, c: 0 } })
      .set('NPU_SET_OFM_WIDTH_M1', 1)
      .set('NPU_SET_OFM_HEIGHT_M1', 1)
      .set('NPU_SET_OFM_DEPTH_M1', 1)
      .set('NPU_SET_IFM_BROADCAST', ifm)
      .set('NPU_SET_IFM2_BROADCAST', ifm2)
      .operate('NPU_OP_ELEMENTWISE', operation)
      .stop()
      .bytes();
  const reads = (bytes: Uint8Array, param: Parameter) => {
    const sizes = reach(bytes, param);
    return [sizes['region_size.0'], sizes['region_size.1']];
  };
  assert.equal(reads(stream(0, 0), U65), [112n, 112n]);
  assert.equal(reads(stream(1, 2), U65), [12n, 102n]);
  assert.equal(reads(stream(4, 7), U85), [111n, 1n]);
  // A scalar IFM2 is 8 on U85 and has bit 7 set on U65; the IFM's is 8 on both.
  assert.equal(reads(stream(8, 8), U85), [undefined, undefined]);
  assert.equal(reads(stream(8, 8), U65), [undefined, 112n]);
  assert.equal(reads(stream(0, 0x80), U65), [112n, undefined]);
  assert.equal(reads(stream(0, 0x80), U85), [112n, 112n]);
  // One operand.
  for (const operation of [5, 6, 7, 0x24])
    assert.equal(reads(stream(0, 0, operation), U65), [112n, undefined]);
  // Eight bits of the parameter count.
  assert.equal(reads(stream(0xff08, 0xff08), U85), [undefined, undefined]);
});

test('the builder should refuse what a command does not hold', () => {
  const stream = new StreamBuilder();
  assert.throws(
    () => stream.set('NPU_SET_IFM_REGION', 0x10000),
    /NPU_SET_IFM_REGION is set to 65536; expected/,
  );
  assert.throws(() => stream.set('NPU_SET_DMA0_LEN', 1n << 40n), /NPU_SET_DMA0_LEN/);
  assert.throws(() => stream.set('NPU_SET_DMA0_SRC_STRIDE0', -(1n << 39n) - 1n), /from -549755813888/);
  assert.is(stream.instructions().length, 0);
});

test.run();
