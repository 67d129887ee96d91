/**
 * Reads the single files of a catalogue. What was read once from the same data is not read again: two catalogues that
 * share files, such as those of a diff, cost little more than one. So data must not change once it was read.
 */
import type { Deviation, Deviations } from '../generated/types/deviations.ts';
import type { DriverManifest } from '../generated/types/driver.ts';
import type { Semantics } from '../generated/types/semantics.ts';
import { buildTypeTable, type Facts, type IoctlFact, LayoutError, type TypeTable } from '../layout/index.ts';
import { refuse } from '../validate/invalid-data.ts';
import { validate } from '../validate/validate.ts';
import type { CallDescription } from './catalogue.ts';
import { checkCall, type Params } from './check-call.ts';

/** The kind of file that data was found to be. */
const valid = new WeakMap<object, string>();

/** The data, checked against its meta-schema. What was checked when the kit was built is taken as it is. */
export function readOnce<T>(kind: string, path: string, data: unknown, checked = false): T {
  if (checked) return data as T;
  if (data === null || typeof data !== 'object') return validate<T>(kind, path, data);
  if (valid.get(data) !== kind) {
    validate(kind, path, data);
    valid.set(data, kind);
  }
  return data as T;
}

interface CallRead {
  readonly types: TypeTable;
  readonly params: Params;
  readonly call: CallDescription;
}

const calls = new WeakMap<object, CallRead>();

export function readCall(
  owner: string,
  path: string,
  data: unknown,
  requests: ReadonlyMap<string, IoctlFact>,
  types: TypeTable,
  params: Params,
  checked: boolean,
): CallDescription {
  const semantics = readOnce<Semantics>('semantics', path, data, checked);
  const id = `${owner}.${semantics.key}`;
  const before = calls.get(semantics);
  if (
    before?.types === types &&
    before.params === params &&
    before.call.path === path &&
    before.call.id === id
  )
    return before.call;
  const request = requests.get(semantics.call);
  const argument = request?.argument && 'named' in request.argument ? request.argument.named : undefined;
  const call: CallDescription = {
    name: semantics.call,
    id,
    semantics,
    path,
    ...(request ? { request } : {}),
    ...(argument ? { argument } : {}),
  };
  if (!checked) checkCall(call, types, params);
  calls.set(semantics, { types, params, call });
  return call;
}

export function readDeviations(
  path: string,
  data: unknown,
  driver: string,
  checked: boolean,
): readonly Deviation[] {
  const file = readOnce<Deviations>('deviations', path, data, checked);
  if (file.driver !== driver)
    refuse(
      path,
      ['driver'],
      `the deviations are of ${file.driver}, expected ${driver}, the name of the folder`,
    );
  return file.deviations;
}

/** By name; a name that two calls have is an error. */
export function byName(all: readonly CallDescription[]): Map<string, CallDescription> {
  const found = new Map<string, CallDescription>();
  const ids = new Map<string, CallDescription>();
  for (const call of all) {
    const twin = found.get(call.name);
    if (twin) refuse(call.path, ['call'], `${call.name} is described already in ${twin.path}; remove one`);
    const other = ids.get(call.id);
    if (other)
      refuse(call.path, ['key'], `${call.semantics.key} is the key of ${other.path} already; choose another`);
    found.set(call.name, call);
    ids.set(call.id, call);
  }
  return found;
}

export function requestsOf(facts: readonly Facts[]): Map<string, IoctlFact> {
  return new Map(facts.flatMap(file => file.ioctls.map(ioctl => [ioctl.name, ioctl] as const)));
}

export interface FactsFile {
  readonly path: string;
  readonly facts: Facts;
}

export function readFacts(files: Readonly<Record<string, unknown>>, checked: boolean): FactsFile[] {
  const headers = new Map<string, string>();
  return below(files, 'schemas/facts/').map(([path, data]) => {
    const facts = readOnce<Facts>('facts', path, data, checked);
    const twin = headers.get(facts.header);
    if (twin) refuse(path, ['header'], `${twin} has the facts of ${facts.header} already; remove one`);
    headers.set(facts.header, path);
    return { path, facts };
  });
}

/** The facts of a driver's header. */
export function ownFacts(path: string, manifest: DriverManifest, facts: readonly FactsFile[]): FactsFile {
  const own = facts.find(file => file.facts.header === manifest.header);
  return own ?? refuse(path, ['header'], `there are no facts of ${manifest.header}; run the extractor on it`);
}

interface TableRead {
  readonly facts: readonly Facts[];
  readonly of: TypeTable | undefined;
  readonly table: TypeTable;
}

/** Tables by their first header. */
const tables = new WeakMap<Facts, TableRead>();

/** The type table of some headers; a contradiction is an error of the file that has it. */
export function tableOf(files: readonly FactsFile[], of?: TypeTable): TypeTable {
  const facts = files.map(file => file.facts);
  const before = facts[0] && tables.get(facts[0]);
  const same = before?.of === of && before?.facts.length === facts.length;
  if (same && before.facts.every((fact, at) => fact === facts[at])) return before.table;
  try {
    const table = buildTypeTable(facts, of);
    if (facts[0]) tables.set(facts[0], { facts, of, table });
    return table;
  } catch (error) {
    if (!(error instanceof LayoutError) || !error.fact) throw error;
    const { header, at } = error.fact;
    const file = files.find(one => one.facts.header === header)!;
    return refuse(file.path, at, `${error.message}; extract both from one kernel`);
  }
}

export function below(files: Readonly<Record<string, unknown>>, folder: string): [string, unknown][] {
  return Object.entries(files).filter(([path]) => path.startsWith(folder));
}
