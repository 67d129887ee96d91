/** All mutants, made from the descriptions and written by hand. */
import { wholeDrivers } from '../../schemas/index.ts';
import { blame } from './blame.ts';
import { close } from './close.ts';
import { copyLength } from './copy-length.ts';
import { crossClient } from './cross-client.ts';
import { descriptor } from './descriptor.ts';
import { doubleFetch } from './double-fetch.ts';
import { equivalents } from './equivalents.ts';
import { errorSwallowed } from './error-swallowed.ts';
import { extremes } from './extremes.ts';
import { fdinfo } from './fdinfo.ts';
import { file } from './file.ts';
import { files } from './files.ts';
import { flagsNotChecked } from './flags-not-checked.ts';
import { goodRefused } from './good-refused.ts';
import { handleNotValidated } from './handle-not-validated.ts';
import { inPart } from './in-part.ts';
import { interrupted } from './interrupted.ts';
import { isolation } from './isolation.ts';
import { job } from './job.ts';
import { kernel } from './kernel.ts';
import { mapping } from './mapping.ts';
import { mappingByHandle } from './mapping-by-handle.ts';
import { mappingRange } from './mapping-range.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { narrow } from './narrow.ts';
import { node } from './node.ts';
import { numberReused } from './number-reused.ts';
import { offByOne } from './off-by-one.ts';
import { privilege } from './privilege.ts';
import { race } from './race.ts';
import { reservedNotChecked } from './reserved-not-checked.ts';
import { sequence } from './sequence.ts';
import { shortBuffer } from './short-buffer.ts';
import { sizeArithmetic } from './size-arithmetic.ts';
import { stateLeftBehind } from './state-left-behind.ts';
import { stride } from './stride.ts';
import { tooEarly } from './too-early.ts';
import { uninitialisedBytes } from './uninitialised-bytes.ts';
import { unplug } from './unplug.ts';
import { unsupportedAccepted } from './unsupported-accepted.ts';
import { usage } from './usage.ts';
import { waitNotMade } from './wait-not-made.ts';
import { wrongErrno } from './wrong-errno.ts';
import { wrongValue } from './wrong-value.ts';

export type { Mutant, MutantSource };

const SOURCES: readonly MutantSource[] = [
  node,
  reservedNotChecked,
  flagsNotChecked,
  offByOne,
  sizeArithmetic,
  kernel,
  handleNotValidated,
  unsupportedAccepted,
  copyLength,
  stride,
  doubleFetch,
  uninitialisedBytes,
  wrongValue,
  shortBuffer,
  errorSwallowed,
  wrongErrno,
  goodRefused,
  stateLeftBehind,
  inPart,
  tooEarly,
  descriptor,
  close,
  crossClient,
  privilege,
  mappingRange,
  mapping,
  mappingByHandle,
  file,
  files,
  job,
  blame,
  unplug,
  waitNotMade,
  sequence,
  extremes,
  usage,
  fdinfo,
  race,
  interrupted,
  isolation,
  numberReused,
  narrow,
];

let all: readonly Mutant[] | undefined;

/** Every mutant of every driver that is described whole, in the order of the classes; made when one is first asked for. */
export function allMutants(): readonly Mutant[] {
  all ??= wholeDrivers().flatMap(driver =>
    SOURCES.flatMap(source => source(driver)).map(mutant => {
      const equivalent = equivalents[mutant.id];
      return equivalent === undefined ? mutant : { ...mutant, equivalent };
    }),
  );
  return all;
}

let byId: ReadonlyMap<string, Mutant> | undefined;

export function mutantById(id: string): Mutant | undefined {
  byId ??= new Map(allMutants().map(mutant => [mutant.id, mutant]));
  return byId.get(id);
}
