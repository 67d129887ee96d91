/** Memory mappings of objects: how far they reach, who may make them, what they show and how long they live. */
import { type CallDescription, type Value, walk } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { constant, slotValue } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { PROT_NONE, PROT_READ } from '../plan/map.ts';
import { offered } from '../plan/outlook.ts';
import { mappingByHandle } from './mapping-by-handle.ts';
import { beyond, MARK, MapScene, NOWHERE } from './mapping-scene.ts';

/** The member through which a call tells where an object can be mapped. */
export function offsetOf(call: CallDescription): string | undefined {
  for (const rule of walk(call.semantics.body))
    if ('set' in rule && 'stable' in rule.to && rule.to.stable.endsWith('.mmap_offset')) return rule.set;
  return undefined;
}

export function mappingFamily(context: PlanContext): Case[] {
  return [...mappingByOffset(context), ...mappingByHandle(context)];
}

/** Of objects that a call tells the offset of. */
function mappingByOffset(context: PlanContext): Case[] {
  return offered(context, nodeIoctls(context.driver)).flatMap(call => {
    const field = offsetOf(call);
    if (field === undefined) return [];
    const scenes: [ClauseId, (scene: Scene) => void][] = [
      ['mapping.range', range],
      ['mapping.foreign', foreign],
      ['mapping.content', content],
      ['mapping.protection', protection],
      ['mapping.survives', survives],
    ];
    return scenes.map(([clause, play]) => {
      const scene = new Scene(context, call, field);
      play(scene);
      return scene.caseOf(
        clause,
        call.name,
        `${call.semantics.key}.${clause.slice(clause.indexOf('.') + 1)}`,
      );
    });
  });
}

/** A program about objects that can be mapped. */
class Scene extends MapScene {
  readonly call: CallDescription;
  private readonly field: string;

  constructor(context: PlanContext, call: CallDescription, field: string) {
    super(context);
    this.call = call;
    this.field = field;
  }

  /** A new object of one page: its handle and its offset. */
  object(): { handle: Value; offset: Value } {
    const slot = this.builder.slot();
    const keep = { field: this.field, slot };
    if (this.maker.creates(this.call)) {
      const made = this.maker.good(this.fd, this.call, { keep })!;
      this.controls.push(...made.setup, made.step);
      return { handle: slotValue(this.builder.lastSlot), offset: slotValue(slot) };
    }
    const [name, role] = Object.entries(this.call.semantics.fields).find(
      ([, each]) => each.role === 'handle',
    )!;
    const made = this.maker.freshHandle(this.fd, role.resource!)!;
    this.controls.push(made.step, this.maker.call(this.fd, this.call, { [name]: made.handle }, { keep }));
    return { handle: made.handle, offset: slotValue(slot) };
  }
}

function range(scene: Scene): void {
  const { offset } = scene.object();
  const control = () => scene.controls.push(scene.map('map the object (control)', offset).step);
  control();
  scene.probes.push(
    scene.map('map a page more than the object has', offset, { bytes: 2n * scene.page }).step,
  );
  control();
  scene.probes.push(scene.map('map from inside the object', beyond(offset, scene.page)).step);
  control();
  scene.probes.push(scene.map('map where no object is', constant(NOWHERE)).step);
  scene.probes.push(scene.map('map at an offset that is no page', beyond(offset, 1n)).step);
  control();
}

function foreign(scene: Scene): void {
  const { offset } = scene.object();
  const other = scene.open();
  scene.controls.push(scene.map('map the object (control)', offset).step);
  scene.probes.push(scene.map('map it through another client', offset, { fd: other }).step);
  scene.controls.push(scene.map('map the object (control)', offset).step);
}

function content(scene: Scene): void {
  const [first, second] = [scene.object(), scene.object()];
  const [a, again, b] = [
    scene.map('map the first object', first.offset),
    scene.map('map it again', first.offset),
    scene.map('map the second object', second.offset),
  ];
  // That a mapping of an offset which was just given out succeeds is part of what the clause says.
  scene.probes.push(a.step, again.step, b.step);
  scene.probes.push(
    scene.checksum('the content of a new object', a.at),
    scene.store('store through the first mapping', a.at, MARK),
    scene.load('load through the second', again.at),
    scene.load('load from the other object', b.at),
    scene.checksum('the content of the other object', b.at),
  );
}

function protection(scene: Scene): void {
  const { offset } = scene.object();
  const writable = scene.map('map to read and write (control)', offset);
  const readable = scene.map('map to read', offset, { prot: PROT_READ });
  const none = scene.map('map without any right', offset, { prot: PROT_NONE });
  scene.controls.push(writable.step, readable.step, none.step);
  scene.probes.push(
    scene.store('store where writing is allowed', writable.at, MARK),
    scene.load('load where reading is allowed', readable.at),
    scene.store('store where only reading is allowed', readable.at, 0),
    scene.load('load where nothing is allowed', none.at),
    scene.load('load again', writable.at),
  );
}

function survives(scene: Scene): void {
  const { handle, offset } = scene.object();
  const { step, at } = scene.map('map the object', offset);
  scene.controls.push(step);
  scene.probes.push(scene.store('store', at, MARK));
  const releaser = scene.maker.releaser('gem_handle');
  if (releaser) {
    const label = `${releaser.call.name} of the mapped object`;
    scene.controls.push(
      scene.maker.call(scene.fd, releaser.call, { ...releaser.beside, [releaser.field]: handle }, { label }),
    );
    scene.probes.push(scene.load('load after the handle was closed', at));
  }
  scene.controls.push(scene.builder.close(scene.fd, 'close the node'));
  scene.probes.push(scene.load('load after the node was closed', at));
}
