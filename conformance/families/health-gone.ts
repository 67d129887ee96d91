/** The device goes and comes back, and whoever listens keeps a list. */

import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { HealthScene } from './health-scene.ts';
import { UnplugScene } from './unplug-scene.ts';

/** A folded list of devices, as one who only listens has it. */
export function unbound(context: PlanContext): Case[] {
  const { binding, managed } = context;
  if (!binding || !managed) return [];
  const scene = new HealthScene(managed);
  const unplug = new UnplugScene(context, { name: 'unbind' }, 0, scene.builder);
  const there = scene.ask('get', [], { dump: true });
  unplug.builder.close(unplug.fd, 'close the node');
  const left = unplug.unbind();
  scene.hear();
  const gone = scene.ask('get', [], { dump: true });
  const asked = scene.ask('get', scene.handle);
  const bound = unplug.bind();
  scene.hear();
  const back = scene.ask('get', [], { dump: true });
  const about = scene.about('health.gone', 'devlink', [there, left, gone, asked, bound, back], told => {
    const steps = [
      { step: left, operation: 'del', look: gone, expected: 0 },
      { step: bound, operation: 'new', look: back, expected: 1 },
    ];
    const own = (step: number) =>
      told
        .answer(step)
        .replies.filter(fields =>
          fields.some(([name, value]) => name === 'dev-name' && value === managed.device),
        ).length;
    if (own(there) !== 1) return `step ${there}: the dump does not have the device`;
    for (const { step, operation, look, expected } of steps) {
      const heard = told.of(step).filter(each => each.operation === operation).length;
      if (heard !== 1) return `step ${step}: ${operation} is told ${heard} times`;
      if (own(look) !== expected)
        return `step ${look}: the dump has the device ${own(look)} times after ${operation} was told`;
    }
    const { errno } = told.answer(asked);
    return errno === 'ENODEV'
      ? undefined
      : `step ${asked}: a device that has gone answers ${errno}, expected ENODEV`;
  });
  return [
    unplug.case('gone', [{ ...about, controls: [...scene.controls, ...unplug.controls, left, bound] }], {
      family: 'health',
      labels: scene.builder.labels,
    }),
  ];
}
