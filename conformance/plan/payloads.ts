/** Payloads: what a job runs, built where the kernel checks the format. A payload gives whole calls. */
import type { CallDescription, Value } from '../../schemas/index.ts';
import type { CallMaker, GoodArguments, Pick } from './call-maker.ts';
import { ethosuPayloads } from './payloads/ethosu.ts';

export interface Payload {
  readonly label: string;
  /** The flat name of a buffer that the device writes, for a payload that makes it do so. */
  readonly works?: string;
  /** A good call of this kind; undefined when what it needs cannot be made. */
  build(maker: CallMaker, fd: Value, call: CallDescription, pick: Pick): GoodArguments | undefined;
}

/** The kinds of good calls that the description alone cannot build; the first is the plainest that does work. */
export function payloads(call: CallDescription): readonly Payload[] {
  return ethosuPayloads[call.name] ?? [];
}
