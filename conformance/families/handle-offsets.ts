/** Objects whose handle is the offset at which they are mapped: those that a driver's own body of mmap finds. */
import { type CallDescription, type Term, type Value, walk } from '../../schemas/index.ts';
import { constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { kindThat } from '../plan/payloads.ts';
import { type Created, createdBy, creatorsOf } from '../plan/resources.ts';
import { fieldsIn, numberOf } from './formula.ts';

/** Members of the creating call that make the object so large, and the bytes that a mapping of it has. */
export interface Size {
  readonly values: Readonly<Record<string, bigint>>;
  readonly bytes: bigint;
}

export interface MappedKind {
  readonly resource: string;
  readonly creator: CallDescription;
  readonly created: Created;
  /** One for each good value of the member that says how large it is; the smallest first. */
  readonly sizes: readonly [Size, ...Size[]];
}

/** What the handles of the node are good for besides calls; nothing where objects have offsets of their own. */
export function mappedKinds(context: PlanContext): MappedKind[] {
  const rules = walk(context.driver.calls.get('mmap')!.semantics.body);
  const resources = rules.flatMap(rule => {
    if (!('find' in rule) || typeof rule.handle !== 'object' || !('field' in rule.handle)) return [];
    return rule.handle.field === 'offset' && rule.resource !== undefined ? [rule.resource] : [];
  });
  return resources.flatMap(resource => {
    const creator = creatorsOf(context, resource)[0];
    const created = creator && createdBy(creator, resource);
    const [first, ...rest] = creator ? sizesOf(context, creator, resource) : [];
    return created && first ? [{ resource, creator, created, sizes: [first, ...rest] as const }] : [];
  });
}

function sizesOf(context: PlanContext, creator: CallDescription, resource: string): Size[] {
  const size = walk(creator.semantics.body).flatMap(rule =>
    'create' in rule && rule.create === resource ? (rule.properties['size'] ?? []) : [],
  )[0] as Term | undefined;
  const [member] = size === undefined ? [] : fieldsIn(size);
  if (size === undefined || member === undefined) return [];
  const maker = new CallMaker(new ProgramBuilder(), context);
  const sizes = maker.goodValues(creator, member).flatMap(value => {
    const bytes = numberOf(context, size, path => (path === member ? value : undefined));
    return bytes === undefined ? [] : [{ values: { [member]: value }, bytes }];
  });
  return sizes.sort((a, b) => Number(a.bytes - b.bytes));
}

/** A new object of the kind, whose handle is its offset. */
export function freshMapped(
  maker: CallMaker,
  fd: Value,
  { resource, creator, created, sizes: [smallest] }: MappedKind,
  size: Size = smallest,
): { steps: number[]; handle: Value } {
  const made = maker.goodArguments(
    fd,
    creator,
    kindThat(creator, ({ makes }) => makes === resource),
  )!;
  const slot = maker.builder.slot();
  const step = maker.call(
    fd,
    creator,
    { ...made.values, ...size.values },
    { keep: { field: created.field, slot }, label: `${creator.name} (to map it)` },
  );
  return { steps: [...made.setup, step], handle: slotValue(slot) };
}

/** Why no program of this ABI can map what it has a handle of. */
export function unsayable(context: PlanContext, kind: MappedKind): string | undefined {
  const builder = new ProgramBuilder();
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const { handle } = freshMapped(new CallMaker(builder, context), fd, kind);
  const args = [0n, kind.sizes[0].bytes, 1n, 1n].map(constant);
  const step = builder.step('map it', 'mmap', [...args, fd, handle]);
  return model(context, builder.build())[step]!.errno === 'EOVERFLOW'
    ? 'the handles are beyond the offsets that a 32-bit program can map at'
    : undefined;
}
