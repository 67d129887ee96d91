/** What of the kit runs in a browser: decode, and validate on a reference. Nothing behind this door needs Node. */
export type { Scope } from './decode/candidates.ts';
export { decode } from './decode/decode.ts';
export { type Line, printDecoded } from './decode/print.ts';
export { prettyReport } from './report/pretty.ts';
export type { EndEvent, StreamEvent, VerdictEvent } from './run/events.ts';
export { TargetError } from './run/identity.ts';
export { Selection } from './run/select.ts';
export { UsageError } from './run/usage-error.ts';
export { validate } from './run/validate.ts';
export { openReference } from './targets/reference.ts';
export { parseTarget } from './targets/target-name.ts';
