/** A wait, and what it waits for, at the same time. */
import type { CallDescription } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { RaceScene, type RaceTitle } from './race-scene.ts';
import { fromNow, waitings } from './wait-scene.ts';

/** Longer than anything but a wake-up that was lost. */
const WAIT_NS = 2_000_000_000n;

export function raceOfWaits(
  context: PlanContext,
  calls: readonly CallDescription[],
): { title: RaceTitle; play: () => Case | undefined }[] {
  return waitings(context, calls).flatMap(waiting => {
    const { call } = waiting;
    const title: RaceTitle = {
      clause: 'race.wait',
      instance: call.name,
      name: `${call.semantics.key}.woken`,
    };
    const play = () => {
      const scene = new RaceScene(context);
      const { fd, controls, maker } = scene;
      const control = waiting.prepare(maker, fd)!;
      controls.push(...control.steps, control.happens!(maker, fd));
      controls.push(
        maker.call(fd, call, control.values(maker, fromNow(maker, WAIT_NS, call)), {
          label: `${call.name} (control)`,
        }),
      );
      const prepared = waiting.prepare(maker, fd)!;
      controls.push(...prepared.steps);
      const [sleeper, waker] = [scene.ownMaker(), scene.ownMaker()];
      const deadline = fromNow(maker, WAIT_NS, call);
      scene.together(
        `${call.name} while it happens`,
        () => sleeper.call(fd, call, prepared.values(sleeper, deadline)),
        () => prepared.happens!(waker, fd),
      );
      return scene.case(title);
    };
    // A job ends by itself, whoever waits.
    return SIGNALLED.test(call.name) ? [{ title, play }] : [];
  });
}

const SIGNALLED = /SYNCOBJ/;
