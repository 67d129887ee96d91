/** The node for information when the device goes. */
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { ControlScene } from './control-scene.ts';
import { UnplugScene } from './unplug-scene.ts';

export function gone(context: PlanContext): Case[] {
  if (!context.binding) return [];
  const unplug = new UnplugScene(context, { name: 'unbind' });
  const { builder, controls } = unplug;
  const scene = new ControlScene(context, builder);
  const { step, fd } = scene.control();
  controls.push(step, scene.query(fd));
  unplug.leave();
  const asked = scene.query(fd, scene.version, undefined, 'ask it when the device has gone');
  const opened = scene.control('open it when the device has gone').step;
  unplug.end(fd);
  const look = (trace: Parameters<NonNullable<Case['instances'][number]['look']>>[0]) =>
    trace.results[opened]?.errno === 0 ? `${scene.path} can still be opened` : undefined;
  return [
    unplug.case(
      'gone',
      [{ clause: 'control.gone', instance: 'node', controls, probes: [asked, opened], look }],
      { family: 'control' },
    ),
  ];
}
