/** What the generators know: the target's machine, the driver's description, and a source of choices. */
import {
  type CallDescription,
  type DriverDescription,
  type Hello,
  systemConstant,
} from '../../schemas/index.ts';

export interface PlanContext {
  readonly driver: DriverDescription;
  readonly hello: Hello;
  readonly nodePath: string;
  readonly minor: number;
  readonly minors: readonly number[];
  /** Device parameters that could be learnt. */
  readonly params: ReadonlyMap<string, bigint | string>;
  readonly seed: number;
  /** Whether the run keeps a clause instance; a generator need not make what nobody wants. */
  readonly wanted?: (instance: { readonly clause: string; readonly instance: string }) => boolean;
}

/** The calls with a request, in the order of their numbers. */
export function ioctls(driver: DriverDescription): CallDescription[] {
  return [...driver.calls.values()]
    .filter(call => call.request)
    .sort((a, b) => a.request!.number - b.request!.number);
}

export const O_RDWR = systemConstant('O_RDWR');
