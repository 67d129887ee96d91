/** The family drm-ras over nodes of counters (drivers/gpu/drm/drm_ras.c), as its documents want it. */
import { type Fields, netlinkFamilies } from '../../schemas/index.ts';
import type { Dump, FamilyModel, Request, Situation } from './family.ts';
import { RAS_NODES, type RasCounter, type RasNode } from './ras-nodes.ts';

/** Ways in which a driver or the family can be wrong, one at a time; and what kernels do that they should not. */
export type RasFault =
  | 'clear-ignored'
  | 'clear-all'
  | 'clear-other-node'
  | 'clear-leaves-one'
  | 'clears-fixed'
  | 'read-clears'
  | 'dump-clears'
  | 'narrow'
  | 'saturates'
  | 'counts-twice'
  | 'name-moves'
  | 'dump-other-name'
  | 'hole-as-zero'
  | 'hole-out-of-range'
  | 'outside-is-unknown'
  | 'dump-stops-at-hole'
  | 'dump-skips-last'
  | 'dump-lists-holes'
  | 'dump-repeats'
  | 'failed-is-zero'
  | 'dump-hides-failure'
  | 'node-misnamed'
  | 'gone-is-listed'
  | 'renumbers'
  | 'one-id-for-two'
  | 'last-hole-ends-dump';

export interface RasOptions {
  /** Number of the family. */
  readonly number?: number;
  /** Ids of nodes as they were seen, by name; without them the lowest that is free. */
  readonly ids?: ReadonlyMap<string, readonly number[]>;
  readonly faults?: readonly RasFault[];
}

/** GENL_START_ALLOC + some: what a kernel gives is not known before. */
const FAMILY = 0x20;
const U32 = 0x1_0000_0000;
/** DRM_RAS_NODE_TYPE_ERROR_COUNTER */
const ERROR_COUNTER = 1n;

export class DrmRas implements FamilyModel {
  readonly description = netlinkFamilies().get('drm_ras')!;
  readonly number: number;
  readonly groups = new Map<string, number>();
  readonly nodes = new Map<number, RasNode>();
  private readonly options: RasOptions;
  private readonly faults: ReadonlySet<RasFault>;
  /** How often a node of this name was registered. */
  private readonly registered = new Map<string, number>();

  constructor(options: RasOptions = {}) {
    this.options = options;
    this.number = options.number ?? FAMILY;
    this.faults = new Set(options.faults);
    for (const node of RAS_NODES) if (!node.pluggable) this.register(node);
  }

  /** A command to the provider; an errno when it is none. */
  control(command: string): string | undefined {
    const [word, name, id, count] = command.trim().split(' ');
    if (word === 'reset') {
      this.unplug();
      for (const { counters } of this.nodes.values())
        for (const counter of counters.values()) counter.value = 0;
      return undefined;
    }
    if (word === 'plug') {
      const spare = RAS_NODES.find(({ pluggable }) => pluggable)!;
      if (this.named(spare.name)) return 'EBUSY';
      this.register(spare);
      return undefined;
    }
    if (word === 'unplug') return this.unplug() ? undefined : 'ENODEV';
    const counter = word === 'inject' ? this.named(name ?? '')?.counters.get(Number(id)) : undefined;
    if (!counter || !/^\d+$/.test(count ?? '')) return 'EINVAL';
    const sum = counter.value + Number(count) * (this.faults.has('counts-twice') ? 2 : 1);
    if (this.faults.has('saturates')) counter.value = Math.min(sum, U32 - 1);
    else counter.value = this.faults.has('narrow') ? sum % 0x1_0000 : sum % U32;
    return undefined;
  }

  private named(name: string): RasNode | undefined {
    return [...this.nodes.values()].find(node => node.name === name);
  }

  private register(node: (typeof RAS_NODES)[number]): void {
    const nth = this.registered.get(node.name) ?? 0;
    this.registered.set(node.name, nth + 1);
    let id = 0;
    while (this.nodes.has(id)) id += 1;
    id = this.options.ids?.get(node.name)?.[nth] ?? id;
    this.nodes.set(id, {
      ...node,
      id,
      counters: new Map(node.counters.map(([number, counter]) => [number, { ...counter }])),
    });
  }

  private unplug(): boolean {
    const spare = [...this.nodes.values()].find(({ pluggable }) => pluggable);
    if (!spare) return false;
    if (!this.faults.has('gone-is-listed')) this.nodes.delete(spare.id);
    if (this.faults.has('renumbers')) {
      const nodes = [...this.nodes.values()];
      this.nodes.clear();
      for (const node of nodes) {
        node.id += 1;
        this.nodes.set(node.id, node);
      }
    }
    return true;
  }

  private nodeOf({ values }: Request): RasNode | undefined {
    return this.nodes.get(Number(values.get('node-id') ?? -1n));
  }

  private counterOf(request: Request): RasCounter | undefined {
    const id = Number(request.values.get('error-id') ?? -1n);
    const found = this.nodeOf(request)?.counters.get(id);
    return found ?? (this.faults.has('hole-as-zero') ? { name: 'none', value: 0 } : undefined);
  }

  situation(request: Request): Situation {
    const node = this.nodeOf(request);
    const id = Number(request.values.get('error-id') ?? -1n);
    const counter = this.counterOf(request);
    const outside = node !== undefined && (id < node.first || id > node.last);
    return {
      exists: object => (object === 'node' ? node !== undefined : counter !== undefined),
      offers: () => node?.clears === true || this.faults.has('clears-fixed'),
      named: name => {
        if (name === 'id-outside')
          return (
            (outside && !this.faults.has('outside-is-unknown')) ||
            (this.faults.has('hole-out-of-range') && counter === undefined)
          );
        if (name === 'query-fails')
          return this.faults.has('failed-is-zero') ? false : (counter?.unreadable ?? false);
        // The provider has no counter to clear there.
        if (name === 'clear-fails') return counter ? (counter.unclearable ?? false) : 'ENOENT';
        throw new Error(`drm-ras has no condition ${name}`);
      },
    };
  }

  act(request: Request): Fields | undefined {
    const counter = this.counterOf(request)!;
    if (request.operation === 'clear-error-counter') {
      this.clear(request, counter);
      return undefined;
    }
    const told = this.tell(Number(request.values.get('error-id')), counter, false);
    if (this.faults.has('read-clears')) counter.value = 0;
    return told;
  }

  private clear(request: Request, counter: RasCounter): void {
    if (this.faults.has('clear-ignored')) return;
    if (this.faults.has('clear-all'))
      for (const each of this.nodeOf(request)!.counters.values()) each.value = 0;
    if (this.faults.has('clear-other-node')) {
      const id = Number(request.values.get('error-id'));
      for (const { counters } of this.nodes.values()) if (counters.has(id)) counters.get(id)!.value = 0;
    }
    counter.value = this.faults.has('clear-leaves-one') ? Math.min(counter.value, 1) : 0;
  }

  private tell(id: number, { name, value }: RasCounter, inDump: boolean): Fields {
    const moved = this.faults.has('name-moves') && value > 0;
    const other = this.faults.has('dump-other-name') && inDump;
    return [
      ['error-id', BigInt(id)],
      ['error-name', moved || other ? `${name}-errors` : name],
      ['error-value', BigInt(value)],
    ];
  }

  *dump(request: Request): Dump {
    if (request.operation === 'list-nodes') return yield* this.list();
    const node = this.nodeOf(request)!;
    for (let id = node.first; id <= node.last; id += 1) {
      const counter = node.counters.get(id);
      if (!counter) {
        if (this.faults.has('dump-lists-holes')) yield this.tell(id, { name: 'none', value: 0 }, true);
        if (this.faults.has('dump-stops-at-hole')) return undefined;
        if (this.faults.has('last-hole-ends-dump') && id === node.last) return 'ENOENT';
        continue;
      }
      if (counter.unreadable !== undefined && !this.faults.has('failed-is-zero'))
        return this.faults.has('dump-hides-failure') ? undefined : counter.unreadable;
      if (this.faults.has('dump-skips-last') && id === node.last) continue;
      yield this.tell(id, counter, true);
      if (this.faults.has('dump-repeats') && id === node.last) yield this.tell(id, counter, true);
      if (this.faults.has('dump-clears')) counter.value = 0;
    }
    return undefined;
  }

  private *list(): Dump {
    for (const node of [...this.nodes.values()].sort((a, b) => a.id - b.id))
      yield [
        ['node-id', this.faults.has('one-id-for-two') ? BigInt(node.id >> 1) : BigInt(node.id)],
        ['device-name', node.device],
        ['node-name', this.faults.has('node-misnamed') ? node.device : node.name],
        ['node-type', ERROR_COUNTER],
      ];
    return undefined;
  }
}
