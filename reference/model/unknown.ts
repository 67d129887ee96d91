/** Where the model has nothing to say, and what a body's conditions are evaluated against. */
import type { Environment } from '../../schemas/index.ts';
import type { Maybe } from './scene.ts';

/** Whether a lookup finds something depends on what could not be seen. */
export class Undetermined extends Error {
  override name = 'Undetermined';
}

/** A term needs an object that the call did not find. Most calls meet it, and a new error costs a stack trace. */
export const UNBOUND = new Error('the call did not find an object that a term needs');

/** What a condition could not decide is noted here while it is evaluated. */
export interface BodyEnvironment extends Environment {
  readonly undecided: Maybe[];
  /** Properties that a named predicate gives to an object made from these bytes. */
  derived(predicate: string, address: bigint, length: bigint): Iterable<[string, bigint]>;
}
