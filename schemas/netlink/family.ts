/** Netlink families: the specification in the kernel's format, joined with what that format cannot say. */
import { files as catalogueFiles } from '../generated/catalogue.ts';
import { files as builtin } from '../generated/messages.ts';
import type {
  NetlinkDeviation,
  NetlinkOverlay,
  OverlayCheck,
  OverlayExchange,
  OverlayOperation,
} from '../generated/types/netlink-overlay.ts';
import type {
  Ynl,
  YnlAttribute,
  YnlAttributeSet,
  YnlExchange,
  YnlOperation,
} from '../generated/types/ynl.ts';
import type { ConstantFact, Facts } from '../layout/types.ts';
import { InvalidData } from '../validate/invalid-data.ts';
import { validate } from '../validate/validate.ts';
import { checkOperations } from './check-operations.ts';
import { checkSpecification } from './check-specification.ts';
import type { Named } from './condition.ts';
import { operationNumbers } from './names.ts';

export type {
  NetlinkDeviation,
  OverlayCheck,
  OverlayExchange,
  Ynl,
  YnlAttribute,
  YnlAttributeSet,
  YnlExchange,
  YnlOperation,
};

export interface NetlinkOperation {
  readonly name: string;
  /** Number of the message that asks; a notification has none. */
  readonly request?: number;
  /** Number of the messages that come back, also as a notification. */
  readonly reply?: number;
  readonly spec: YnlOperation;
  readonly overlay: OverlayOperation;
  /** Title of the part of the family. */
  readonly part: string;
}

export interface NetlinkFamily {
  /** Name of the file; the family's own is `spec.name`. */
  readonly key: string;
  readonly spec: Ynl;
  readonly header: string;
  /** Release that the checks were read in. */
  readonly kernel: string;
  readonly operations: ReadonlyMap<string, NetlinkOperation>;
  readonly parts: readonly { readonly title: string; readonly note?: string }[];
  readonly lists: Readonly<Record<string, readonly OverlayCheck[]>>;
  readonly named: Named;
  readonly constants: ReadonlyMap<string, ConstantFact>;
  /** What released kernels do otherwise. */
  readonly deviations: readonly NetlinkDeviation[];
}

/** The set of attributes, and for a subset the one that has their types and numbers. */
export function findSet(
  spec: Ynl,
  name: string,
): { set: YnlAttributeSet; whole: YnlAttributeSet } | undefined {
  const set = spec['attribute-sets'].find(each => each.name === name);
  const whole = set?.['subset-of']
    ? spec['attribute-sets'].find(each => each.name === set['subset-of'])
    : set;
  return set && whole ? { set, whole } : undefined;
}

/** An attribute of a set, with its type and text. */
export function findAttribute(spec: Ynl, set: string, name: string): YnlAttribute | undefined {
  return findSet(spec, set)?.whole.attributes.find(each => each.name === name);
}

/** Names of the attributes that messages of a kind have; those of a notification are its `reply`. */
export function messageAttributes(
  family: NetlinkFamily,
  { spec }: NetlinkOperation,
  mode: 'do' | 'dump' | 'notification',
  side: 'request' | 'reply',
): readonly string[] {
  if (mode !== 'notification') return spec[mode]?.[side]?.attributes ?? [];
  if (spec.event) return spec.event.attributes ?? [];
  const like = family.spec.operations.list.find(({ name }) => name === spec.notify);
  return like?.do?.reply?.attributes ?? like?.dump?.reply?.attributes ?? [];
}

/** All checks of an operation in the order in which the kernel makes them, those of other operations first. */
export function orderedChecks(
  family: NetlinkFamily,
  exchange: OverlayExchange,
): { list?: string; check: OverlayCheck }[] {
  const before = exchange.before.flatMap(list => family.lists[list]!.map(check => ({ list, check })));
  return [...before, ...exchange.checks.map(check => ({ check }))];
}

function constantsOf(key: string, header: string, data: Record<string, unknown>): Map<string, ConstantFact> {
  const facts = Object.values(data).find(each => (each as Facts).header === header) as Facts | undefined;
  if (!facts)
    throw new InvalidData(`there are no facts of ${header}; run the extractor on it`, {
      file: `schemas/netlink/${key}.yaml`,
      at: [],
    });
  const all = [...facts.constants, ...facts.enums.flatMap(each => each.members)];
  return new Map(all.map(constant => [constant.name, constant]));
}

const COMMON = 'genetlink';

/** Joins files (path below the repository -> parsed content); throws InvalidData with one sentence. */
export function loadNetlink(
  files: Record<string, unknown>,
  facts: Record<string, unknown> = catalogueFiles,
): Map<string, NetlinkFamily> {
  const overlays = Object.entries(files)
    .filter(([path]) => path.startsWith('schemas/netlink/overlay/'))
    .map(([path, data]) => ({ path, overlay: validate<NetlinkOverlay>('netlinkOverlay', path, data) }));
  const families = new Map<string, NetlinkFamily>();
  for (const [path, data] of Object.entries(files)) {
    const key = /^schemas\/netlink\/([a-z0-9_]+)\.yaml$/.exec(path)?.[1];
    if (key === undefined) continue;
    const spec = validate<Ynl>('ynl', path, data);
    const header = spec['uapi-header'] ?? `linux/${spec.name}.h`;
    const constants = constantsOf(key, header, facts);
    checkSpecification(path, spec, constants);
    const common = overlays.filter(({ overlay }) => overlay.family === COMMON);
    const own = overlays.filter(({ overlay }) => overlay.family === key);
    const numbers = operationNumbers(spec);
    const operations = spec.operations.list.map((operation): [string, NetlinkOperation] => {
      const { name } = operation;
      const found = own.find(({ overlay }) => overlay.operations?.[name] !== undefined);
      if (!found)
        throw new InvalidData(`no overlay of ${key} tells of the operation ${name}`, { file: path, at: [] });
      const { operations: all, title } = found.overlay;
      return [name, { name, ...numbers.get(name), spec: operation, overlay: all![name]!, part: title }];
    });
    const family: NetlinkFamily = {
      key,
      spec,
      header,
      kernel: own[0]!.overlay.kernel,
      operations: new Map(operations),
      parts: own.map(({ overlay: { title, note } }) => ({ title, ...(note ? { note } : {}) })),
      lists: Object.assign({}, ...[...common, ...own].map(({ overlay }) => overlay.lists ?? {})),
      named: Object.assign({}, ...[...common, ...own].map(({ overlay }) => overlay.named ?? {})),
      constants,
      deviations: own.flatMap(({ overlay }) => overlay.deviations ?? []),
    };
    checkOperations(family, own, common);
    families.set(key, family);
  }
  for (const { path, overlay } of overlays)
    if (overlay.family !== COMMON && !families.has(overlay.family))
      throw new InvalidData(
        `there is no family ${overlay.family}; expected ${[...families.keys()].join(', ')}`,
        { file: path, at: [] },
      );
  return families;
}

let loaded: Map<string, NetlinkFamily> | undefined;
/** The families that are built in. */
export function netlinkFamilies(): ReadonlyMap<string, NetlinkFamily> {
  loaded ??= loadNetlink(builtin);
  return loaded;
}
