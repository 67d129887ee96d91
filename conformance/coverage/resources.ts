/** Which calls make, use and give up the handles of a resource. */
import { type CallDescription, type DriverDescription, hasFeatures } from '../../schemas/index.ts';
import { ioctls } from '../plan/context.ts';
import { allCreatedBy, releasedBy } from '../plan/resources.ts';

export type Part = 'creators' | 'users' | 'destroyers';

export interface ResourceUse {
  readonly resource: string;
  readonly part: Part;
  readonly call: string;
}

/** Whether some arguments make the call succeed here: nothing of what it needs is missing. */
export function canSucceed(driver: DriverDescription, call: CallDescription): boolean {
  return hasFeatures(driver, call) && !call.semantics.access?.includes('master');
}

export function resourceUses(driver: DriverDescription): ResourceUse[] {
  const calls = ioctls(driver).filter(call => canSucceed(driver, call));
  return calls.flatMap(call => {
    const used = Object.values(call.semantics.fields).flatMap(({ resource, direction, target }) => [
      ...(resource !== undefined && direction !== 'out' ? [resource] : []),
      ...(target?.handle === undefined ? [] : [target.handle]),
    ]);
    const uses = [...new Set(used)].map((resource): ResourceUse => {
      const part = releasedBy(call, resource) === undefined ? 'users' : 'destroyers';
      return { resource, part, call: call.name };
    });
    const creates = allCreatedBy(call).map(
      ({ resource }): ResourceUse => ({ resource, part: 'creators', call: call.name }),
    );
    return [...creates, ...uses];
  });
}
