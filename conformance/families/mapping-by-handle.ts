/** Mappings of objects at their handles: of the whole object, once at a time, and as long as they are wanted. */
import type { Value } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { constant } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { PROT_NONE, PROT_READ } from '../plan/map.ts';
import { freshMapped, type MappedKind, mappedKinds, type Size, unsayable } from './handle-offsets.ts';
import { beyond, MARK, MapScene, NOWHERE } from './mapping-scene.ts';

/** So many pages behind a handle nobody has another. */
const FAR_PAGES = 1000n;

export function mappingByHandle(context: PlanContext): Case[] {
  return mappedKinds(context).flatMap(kind => {
    const scenes: [string, ClauseId, (scene: Scene) => void][] = [
      ['range', 'mapping.range', range],
      ['whole', 'argument.range', whole],
      ['once', 'argument.value', once],
      ['content', 'mapping.content', content],
      ['protection', 'mapping.protection', protection],
      ['survives', 'mapping.survives', survives],
    ];
    const instance = `${kind.creator.name}.mapping`;
    const notReached = unsayable(context, kind);
    return scenes.map(([about, clause, play]) => {
      const name = `mmap.${kind.resource}.${about}`;
      if (notReached !== undefined)
        return new MapScene(context).caseOf(clause, instance, name, { probes: [], notReached });
      const scene = new Scene(context, kind);
      play(scene);
      return scene.caseOf(clause, instance, name);
    });
  });
}

class Scene extends MapScene {
  readonly kind: MappedKind;

  constructor(context: PlanContext, kind: MappedKind) {
    super(context);
    this.kind = kind;
  }

  object(size?: Size): Value {
    const { steps, handle } = freshMapped(this.maker, this.fd, this.kind, size);
    this.controls.push(...steps);
    return handle;
  }

  /** The mapping that every other probe stands between, taken away again: there is one at a time. */
  control(handle: Value, { bytes }: Size = this.smallest): void {
    const { step, at } = this.map('map the object (control)', handle, { bytes });
    this.controls.push(step, this.unmap('take the mapping away', at, bytes));
  }

  get smallest(): Size {
    return this.kind.sizes[0];
  }

  /** A size of several pages. */
  get large(): Size | undefined {
    return this.kind.sizes.find(({ bytes }) => bytes > this.page);
  }

  refused(label: string, offset: Value, bytes: bigint): void {
    const { step, at } = this.map(label, offset, { bytes });
    this.probes.push(step);
    // One that should not have come about must not be in the way of the next.
    this.unmap('take it away, if there is one', at, bytes);
  }
}

function range(scene: Scene): void {
  const { kind, page, maker, fd } = scene;
  for (const size of kind.sizes) {
    const handle = scene.object(size);
    scene.control(handle, size);
    scene.refused('map a page more than the object has', handle, size.bytes + page);
    scene.control(handle, size);
  }
  const { bytes } = scene.smallest;
  const handle = scene.object();
  scene.control(handle);
  scene.refused('map at a handle that was never given out', beyond(handle, FAR_PAGES * page), bytes);
  scene.refused('map where no object is', constant(NOWHERE), bytes);
  scene.refused('map at an offset that is no page', beyond(handle, 1n), bytes);
  scene.control(handle);
  const releaser = maker.releaser(kind.resource);
  if (!releaser) return;
  const label = `${releaser.call.name} of the object`;
  scene.controls.push(
    maker.call(fd, releaser.call, { ...releaser.beside, [releaser.field]: handle }, { label }),
  );
  scene.refused('map at a closed handle', handle, bytes);
}

function whole(scene: Scene): void {
  const { large, page } = scene;
  const size = large ?? scene.smallest;
  const handle = scene.object(size);
  // That all pages can be mapped is part of what the clause says.
  const accepted = (label: string, bytes: bigint) => {
    const { step, at } = scene.map(label, handle, { bytes });
    scene.probes.push(step, scene.unmap('take the mapping away', at, size.bytes));
  };
  accepted('map all pages', size.bytes);
  // Within the last page every length means the same pages (mm/mmap.c: do_mmap).
  accepted('map all but a byte', size.bytes - 1n);
  if (!large) return;
  scene.refused('map a page less than the object has', handle, size.bytes - page);
  scene.refused('map its first page', handle, page);
  accepted('map all pages again', size.bytes);
}

function once(scene: Scene): void {
  const { page } = scene;
  const size = scene.large ?? scene.smallest;
  const { bytes } = size;
  const handle = scene.object(size);
  const first = scene.map('map the object', handle, { bytes });
  scene.controls.push(first.step);
  scene.refused('map it once more', handle, bytes);
  if (bytes > page) {
    scene.controls.push(scene.unmap('take the first page of the mapping away', first.at));
    scene.refused('map it beside what is left', handle, bytes);
    scene.controls.push(scene.unmap('take the rest away', beyond(first.at, page), bytes - page));
  } else scene.controls.push(scene.unmap('take the mapping away', first.at));
  const again = scene.map('map it when it is mapped no more', handle, { bytes });
  scene.probes.push(again.step, scene.load('load from it', again.at));
}

function content(scene: Scene): void {
  const { bytes } = scene.smallest;
  const [one, other] = [scene.object(), scene.object()];
  const a = scene.map('map the first object', one, { bytes });
  const b = scene.map('map the second object', other, { bytes });
  // That a mapping at a handle which was just given out succeeds is part of what the clause says.
  scene.probes.push(
    a.step,
    b.step,
    scene.checksum('the content of a new object', a.at, bytes),
    scene.store('store in the first', a.at, MARK),
    scene.load('load from the other object', b.at),
    scene.checksum('the content of the other object', b.at, bytes),
    scene.unmap('take the first mapping away', a.at, bytes),
  );
  const again = scene.map('map the first object again', one, { bytes });
  scene.probes.push(again.step, scene.load('load what was stored', again.at));
  for (const size of scene.kind.sizes.slice(1)) {
    const { step, at } = scene.map('map a larger object', scene.object(size), { bytes: size.bytes });
    scene.probes.push(step, scene.checksum('the content of a new object', at, size.bytes));
  }
}

function protection(scene: Scene): void {
  const { bytes } = scene.smallest;
  const handle = scene.object();
  const mapped = (label: string, prot: number | undefined, look: (at: Value) => number[]) => {
    const { step, at } = scene.map(label, handle, { bytes, ...(prot === undefined ? {} : { prot }) });
    scene.controls.push(step);
    scene.probes.push(...look(at));
    scene.controls.push(scene.unmap('take the mapping away', at, bytes));
  };
  mapped('map to read and write', undefined, at => [scene.store('store where that is allowed', at, MARK)]);
  mapped('map to read', PROT_READ, at => [
    scene.load('load where reading is allowed', at),
    scene.store('store where only reading is allowed', at, 0),
  ]);
  mapped('map without any right', PROT_NONE, at => [scene.load('load where nothing is allowed', at)]);
  mapped('map to read again', PROT_READ, at => [scene.load('load again', at)]);
}

function survives(scene: Scene): void {
  const { kind, maker, fd } = scene;
  const { bytes } = scene.smallest;
  const handle = scene.object();
  const { step, at } = scene.map('map the object', handle, { bytes });
  scene.controls.push(step);
  scene.probes.push(scene.store('store', at, MARK));
  const releaser = maker.releaser(kind.resource);
  if (releaser) {
    const label = `${releaser.call.name} of the mapped object`;
    scene.controls.push(
      maker.call(fd, releaser.call, { ...releaser.beside, [releaser.field]: handle }, { label }),
    );
    scene.probes.push(scene.load('load after the handle was closed', at));
  }
  scene.controls.push(scene.builder.close(fd, 'close the node'));
  scene.probes.push(scene.load('load after the node was closed', at));
}
