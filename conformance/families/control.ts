/** The node for information beside the compute node, where a device has one (spec/chapters/18-control.md). */
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { answers } from './control-answers.ts';
import { gone } from './control-gone.ts';
import { refusals } from './control-refusals.ts';
import { shows } from './control-shows.ts';

export function controlFamily(context: PlanContext): Case[] {
  if (!context.driver.manifest.control_calls) return [];
  return [...refusals(context), ...answers(context), ...shows(context), ...gone(context)];
}
