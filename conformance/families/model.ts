/** Random sequences of described calls with good and bad members, judged call by call by the model. */
import { type CallDescription, type FieldLayout, fieldOf, type Value, walk } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Argument, CallMaker, type CallShape, MARGIN } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { derive, Random } from '../plan/random.ts';

const CALLS = 14;
/** Sizes that small machines can give, and sizes that no machine can. */
const SIZES = [
  0n,
  1n,
  8n,
  11n,
  12n,
  15n,
  16n,
  17n,
  64n,
  4095n,
  4096n,
  4097n,
  65536n,
  1n << 50n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const BAD_MEMORY = ['hole', 'none', 'read'] as const;

/** The program of one run: the same seed and number give the same program. */
export function randomCase(context: PlanContext, index: number): Case {
  const writer = new RandomWriter(context, new Random(derive(context.seed, `model ${index}`)));
  writer.write();
  return {
    name: `random-${index}`,
    family: 'model',
    program: writer.builder.build(),
    labels: writer.builder.labels,
    instances: [],
  };
}

/** The member through which a call gives an offset that the node can map. */
function offsetOf(call: CallDescription): string | undefined {
  for (const rule of walk(call.semantics.body)) {
    if ('set' in rule && 'stable' in rule.to && rule.to.stable.endsWith('.mmap_offset')) return rule.set;
  }
  return undefined;
}

class RandomWriter {
  readonly builder = new ProgramBuilder();
  private readonly maker: CallMaker;
  private readonly context: PlanContext;
  private readonly random: Random;
  private readonly clients: Value[] = [];
  private readonly handles: Value[] = [];

  constructor(context: PlanContext, random: Random) {
    this.context = context;
    this.random = random;
    this.maker = new CallMaker(this.builder, context);
  }

  write(): void {
    for (let count = 0; count < 2; count += 1)
      this.clients.push(this.builder.open(this.context.nodePath, O_RDWR).fd);
    const calls = ioctls(this.context.driver);
    const creators = calls.filter(call => this.maker.creates(call));
    for (let count = 0; count < CALLS; count += 1) {
      const call =
        creators.length > 0 && (count < 2 || this.random.chance(20))
          ? this.random.pick(creators)
          : this.random.pick(calls);
      this.call(call, count < 2);
    }
  }

  private call(call: CallDescription, good: boolean): void {
    const fd = this.random.pick(this.clients);
    const values: Record<string, Argument> = {};
    const layout = this.maker.layout(call);
    for (const [name, role] of Object.entries(call.semantics.fields)) {
      if (role.direction === 'out' || role.role === 'pointer') continue;
      values[name] = this.value(call, name, fieldOf(layout, name), good);
    }
    for (const [name, role] of Object.entries(call.semantics.fields)) {
      if (role.role === 'pointer') values[name] = this.pointer(call, name, values[role.target!.bytes]);
    }
    const offset = offsetOf(call);
    const slot = offset !== undefined && this.random.chance(60) ? this.builder.slot() : undefined;
    const shape = {
      ...(good ? {} : this.shape(call, layout.size)),
      ...(slot === undefined ? {} : { keep: { field: offset!, slot } }),
    };
    this.maker.call(fd, call, values, { poison: this.random.pick([0, 0x5a, 0xff]), ...shape });
    if (
      this.maker.creates(call) &&
      (shape.room === undefined || shape.room >= layout.size) &&
      shape.request?.direction === undefined &&
      !shape.address
    ) {
      this.handles.push(slotValue(this.builder.lastSlot));
    }
    if (slot !== undefined) this.mapping(fd, slot);
  }

  /** Maps what may be an offset, touches it and unmaps it. */
  private mapping(fd: Value, slot: number): void {
    const { builder, random } = this;
    const at = builder.slot();
    const length = constant(random.pick([1, 4096, 4096, 8192]));
    const args = [constant(0), length, constant(PROT_READ_WRITE), constant(MAP_SHARED), fd, slotValue(slot)];
    builder.step('map the offset', 'mmap', args, { captures: [{ slot: at, from: 'return' }] });
    const width = random.pick([1, 2, 4, 8]);
    const where = { ...slotValue(at), add: BigInt(8 * random.below(64)) } as Value;
    builder.step('store', 'store', [where, constant(width), constant(random.wide())]);
    builder.step('load', 'load', [where, constant(width)]);
    if (random.chance(50)) builder.step('unmap', 'munmap', [slotValue(at), length]);
  }

  private value(call: CallDescription, name: string, field: FieldLayout, good: boolean): Argument {
    const { random } = this;
    const role = call.semantics.fields[name]!;
    const bits = field.size * 8;
    const anyBit = () => 1n << BigInt(random.below(bits));
    if (role.role === 'handle') {
      if (this.handles.length > 0 && random.chance(75)) return random.pick(this.handles);
      return random.pick([0n, 1n, 2n, 3n, 4n, 1000n, 0xffffffffn]);
    }
    if (good || random.chance(70)) return random.pick(this.maker.goodValues(call, name));
    if (role.role === 'bytes') {
      const size = random.pick(SIZES);
      return size >> BigInt(bits) === 0n ? size : (1n << BigInt(bits)) - 1n;
    }
    if (role.role === 'reserved') return random.chance(50) ? anyBit() : 0n;
    return random.pick([
      anyBit(),
      random.wide() & ((1n << BigInt(bits)) - 1n),
      0n,
      1n,
      (1n << BigInt(bits)) - 1n,
    ]);
  }

  private pointer(call: CallDescription, name: string, length: Argument | undefined): Argument {
    const { random, maker } = this;
    const bytes = typeof length === 'bigint' ? length : 0n;
    if (random.chance(12)) return 0n;
    if (random.chance(12))
      return addressOf(this.builder.buffer(MARGIN, { access: random.pick(BAD_MEMORY), align: 'start' }));
    return addressOf(maker.target(call, name, bytes));
  }

  private shape(call: CallDescription, size: number): CallShape {
    const { random } = this;
    if (random.chance(70)) return {};
    const choice = random.below(6);
    if (choice === 0) {
      const room = random.below(size);
      return { room, request: { size: room } };
    }
    if (choice === 1) {
      const room = size + 1 + random.below(64);
      return { room, request: { size: room } };
    }
    if (choice === 2)
      return { request: { direction: random.pick(['none', 'read', 'write', 'readwrite'] as const) } };
    if (choice === 3) return { access: random.pick(BAD_MEMORY) };
    if (choice === 4) return { address: random.pick([constant(0), constant(1), constant((1n << 64n) - 1n)]) };
    return { request: { letter: random.pick([0, 0x65, 0xff]), number: call.request!.number } };
  }
}
