/** A call that gives a number and then cannot write it back: nobody knows the number, so nothing may have it. */
import type { CallDescription } from '../../schemas/index.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { DRM_LETTER } from '../plan/letters.ts';
import { createdBy, descriptorOf } from '../plan/resources.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { madeCalls } from './isolation-client.ts';
import { makeAndRelease, moved, numbersOf } from './numbers.ts';
import { isRefused } from './seen.ts';
import { emptyCase } from './tried.ts';

const CLAUSE = 'isolation.published';
/** drm_ioctl() copies the answer out when the handler is through, and undoes nothing. */
const BY_THE_CORE =
  'the core writes the answer after the handler has given the number (drivers/gpu/drm/drm_ioctl.c:915), which stays: docs/findings.md, prime-descriptor-lost';
/** Failing once may leave what the next failure finds. */
const TIMES = 2;

export function published(context: PlanContext): Case[] {
  return madeCalls(context)
    .filter(call => createdBy(call) !== undefined || descriptorOf(call) !== undefined)
    .map(call => {
      const wanted = context.wanted?.({ clause: CLAUSE, instance: call.name }) !== false;
      const title = { clause: CLAUSE, instance: call.name, case: nameOf(call), family: 'isolation' } as const;
      return wanted ? unwritable(context, call) : emptyCase(title);
    });
}

const nameOf = (call: CallDescription) => `published.${call.semantics.key}`;

function unwritable(context: PlanContext, call: CallDescription): Case {
  const ofNode = call.request!.letter === DRM_LETTER;
  const sandwich = new Sandwich(context, call);
  const { builder, maker, on, controls } = sandwich;
  const numbers = ofNode ? [] : numbersOf(context);
  const refused: number[] = [];
  const after: number[] = [];
  for (let time = 0; time < TIMES && !ofNode; time += 1) {
    const values = sandwich.arguments();
    const look = (into: number[]) => {
      for (const each of numbers) into.push(...makeAndRelease(sandwich, each));
    };
    // Twice: whether the driver gives a free number again at all.
    look(controls);
    look(controls);
    const label = `${call.name} whose answer cannot be written`;
    refused.push(maker.call(on, call, values, { access: 'read', label }));
    look(after);
  }
  const instance: Instance = {
    clause: CLAUSE,
    instance: call.name,
    ...sandwich.steps(),
    probes: [...refused, ...after],
    about: ({ step, kind }) => after.includes(step) && kind === 'outcome',
    look: trace => (refused.every(step => isRefused(trace, step)) ? moved(trace, numbers) : undefined),
    ...(ofNode ? { notClaimed: BY_THE_CORE } : {}),
  };
  return {
    name: nameOf(call),
    family: 'isolation',
    program: builder.build(),
    labels: builder.labels,
    instances: [instance],
  };
}
