/** Mappings at handles, in two lanes: one of the two comes about, and it holds what it shows. */
import type { Value } from '../../schemas/index.ts';
import { constant } from '../plan/builder.ts';
import type { PlanContext } from '../plan/context.ts';
import { mapShared, PROT_READ } from '../plan/map.ts';
import { releaserOf } from '../plan/resources.ts';
import { freshMapped, type MappedKind, mappedKinds, unsayable } from './handle-offsets.ts';
import { type Play, RaceScene } from './race-scene.ts';

export function raceOfMaps(context: PlanContext): Play[] {
  return mappedKinds(context)
    .filter(kind => unsayable(context, kind) === undefined)
    .flatMap(kind => [twice(context, kind), ...released(context, kind)]);
}

/** Maps the object: the step, and where it is mapped. */
function map({ builder, fd }: RaceScene, handle: Value, { sizes: [{ bytes }] }: MappedKind) {
  return mapShared(builder, 'map it', fd, handle, constant(bytes), PROT_READ);
}

/** A new object, which counts as a good call before the race. */
function object(scene: RaceScene, kind: MappedKind): Value {
  const { steps, handle } = freshMapped(scene.maker, scene.fd, kind);
  scene.controls.push(...steps);
  return handle;
}

function twice(context: PlanContext, kind: MappedKind): Play {
  const instance = `${kind.creator.name}.mapping`;
  const title = { clause: 'race.exclusive', instance, name: `${kind.resource}.mmap.two` } as const;
  const play = () => {
    const scene = new RaceScene(context);
    const handle = object(scene, kind);
    const lane = () => map(scene, handle, kind).step;
    scene.together('mmap of the same object twice at the same time', lane, lane);
    return scene.case(title);
  };
  return { title, play };
}

/** A mapping while the handle is given up. */
function released(context: PlanContext, kind: MappedKind): Play[] {
  const release = releaserOf(context.driver, kind.resource);
  if (!release) return [];
  const instance = `${kind.creator.name}.mapping`;
  const title = { clause: 'race.mapping', instance, name: `${kind.resource}.mmap` } as const;
  const play = () => {
    const scene = new RaceScene(context);
    const handle = object(scene, kind);
    const mapped: Value[] = [];
    scene.together(
      'mmap while the handle is given up',
      () => {
        const { step, at } = map(scene, handle, kind);
        mapped.push(at);
        return step;
      },
      () => scene.ownMaker().call(scene.fd, release.call, { ...release.beside, [release.field]: handle }),
    );
    for (const at of mapped) scene.probes.push(scene.builder.step('look at it', 'load', [at, constant(4)]));
    return scene.case(title);
  };
  return [{ title, play }];
}
