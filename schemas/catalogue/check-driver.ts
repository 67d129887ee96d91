/** What a driver's files say of one another: parameters and queries, profiles, resources, deviations. */
import { fieldOf, layoutOf } from '../layout/index.ts';
import { type DataPath, InvalidData, refuse } from '../validate/invalid-data.ts';
import type { CallDescription, Deviation, DriverDescription, DriverManifest } from './catalogue.ts';
import { checkNames, type Params } from './check-call.ts';
import { known } from './check-formula.ts';
import { commonParams, paramsOf } from './params.ts';
import { applyPatch, editedRules } from './patch.ts';
import { ruleName, walk } from './rules.ts';

/** Global names of GEM objects: handles of no file, so no call has a fresh one. */
const GLOBAL_RESOURCES = ['gem_name'];

export function checkManifest(path: string, manifest: DriverManifest, driver: DriverDescription): void {
  const params = paramsOf(manifest);
  for (const [name, { query, from, file }] of Object.entries(manifest.params)) {
    if ((from === 'sysfs') !== (file !== undefined))
      refuse(path, ['params', name], `the device parameter ${name} needs a file just when it is from sysfs`);
    if (!query) continue;
    const at: DataPath = ['params', name, 'query'];
    if (!driver.facts.ioctls.some(ioctl => ioctl.name === query.call))
      refuse(path, [...at, 'call'], `${manifest.header} has no ioctl named ${query.call}`);
    known({ path }, [...at, 'selector'], () => driver.types.constantValue(query.selector));
    const layout = known({ path }, [...at, 'struct'], () => layoutOf(driver.types, query.struct, 'x86_64'));
    if (!known({ path }, [...at, 'field'], () => fieldOf(layout, query.field)).scalar)
      refuse(path, [...at, 'field'], `${query.field} of ${query.struct} is not a single number`);
    for (const member of Object.keys(query.with ?? {}))
      if (!driver.calls.get(query.call)?.semantics.fields[member])
        refuse(path, [...at, 'with', member], `${query.call} has no member ${member}`, 'key');
  }
  for (const list of ['control_calls', 'queries'] as const)
    for (const [index, name] of (manifest[list] ?? []).entries()) {
      const call = driver.calls.get(name);
      if (!call?.request) refuse(path, [list, index], `no ioctl that is described has the name ${name}`);
      else if (list === 'queries' && walk(call.semantics.body).some(changes))
        refuse(path, [list, index], `${name} changes something, so it is no query`);
    }
  for (const [name, values] of Object.entries(manifest.public ?? {})) {
    const call = driver.calls.get(name);
    const takes = manifest.control_calls ?? manifest.queries ?? [];
    if (!(takes as readonly string[]).includes(name))
      refuse(path, ['public', name], `${name} is none of the control_calls or queries`, 'key');
    const selects = Object.values(call?.semantics.fields ?? {}).some(({ role }) => role === 'selector');
    if (!selects) refuse(path, ['public', name], `${name} has no selector that could have values`, 'key');
    for (const [index, value] of values.entries())
      if (!driver.types.constants.has(value))
        refuse(path, ['public', name, index], `there is no constant ${value} to ask ${name} for`);
  }
  for (const [profile, values] of Object.entries(manifest.profiles)) {
    for (const [name, value] of Object.entries(values)) {
      const at: DataPath = ['profiles', profile, name];
      const type = params(name);
      if (type === undefined)
        refuse(path, at, `there is no device parameter ${name}; name it in params`, 'key');
      if (
        (type === 'text') !== (typeof value === 'string') &&
        !(typeof value === 'string' && /^-?0x[0-9a-f]{1,16}$/.test(value))
      )
        refuse(path, at, `the device parameter ${name} is a ${type}, expected a ${type}`);
    }
  }
}

/** Whether a rule gives, takes or does something. */
const changes = (rule: object): boolean =>
  ['create', 'find', 'release', 'attach', 'assign', 'effect'].some(kind => kind in rule);

interface ResourceUse {
  readonly resource: string;
  readonly at: DataPath;
}

const uses = new WeakMap<object, readonly ResourceUse[]>();

/** Where a call's description names a resource. */
function usesOf({ semantics }: CallDescription): readonly ResourceUse[] {
  const known = uses.get(semantics);
  if (known) return known;
  const found: ResourceUse[] = [];
  const look = (value: unknown, at: DataPath): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      if (key === 'resource' && typeof item === 'string') found.push({ resource: item, at: [...at, key] });
      if (item !== null && typeof item === 'object') look(item, [...at, key]);
    }
  };
  for (const part of ['body', 'fields', 'structs'] as const) look(semantics[part], [part]);
  uses.set(semantics, found);
  return found;
}

/** Every resource that a rule or a role names is one that some call makes. */
export function checkResources(calls: readonly CallDescription[], all: readonly CallDescription[]): void {
  const made = new Set(GLOBAL_RESOURCES);
  for (const call of all)
    for (const rule of walk(call.semantics.body))
      if ('set' in rule && 'fresh' in rule.to) made.add(rule.to.fresh);
  for (const call of calls)
    for (const { resource, at } of usesOf(call))
      if (!made.has(resource))
        refuse(
          call.path,
          at,
          `no call makes a handle of the resource ${resource}; expected ${[...made].join(', ')}`,
        );
}

/** Deviations with the calls that they were found to fit. */
const fitting = new WeakMap<readonly Deviation[], readonly CallDescription[]>();

/** Every deviation names a rule, and its patch gives a description that is right in itself. */
export function checkDeviations(
  path: string,
  deviations: readonly Deviation[],
  driver: DriverDescription,
  params: Params,
): void {
  const calls = [...driver.calls.values(), ...driver.files.values()];
  const before = fitting.get(deviations);
  if (before?.length === calls.length && before.every((call, index) => call === calls[index])) return;
  const rules = new Set(
    calls.flatMap(call => walk(call.semantics.body).map(rule => `${call.id}.${ruleName(rule)}`)),
  );
  const ids = new Set<string>();
  for (const [index, deviation] of deviations.entries()) {
    const at: DataPath = ['deviations', index];
    if (ids.has(deviation.id)) refuse(path, [...at, 'id'], `two deviations have the id ${deviation.id}`);
    ids.add(deviation.id);
    if (!rules.has(deviation.rule))
      refuse(
        path,
        [...at, 'rule'],
        `no call of ${driver.name} has the rule ${deviation.rule}; expected CALL.RULE as describe prints it`,
      );
    checkPattern(path, deviation.look, [...at, 'look']);
    for (const name of ['pattern', 'case'] as const)
      checkPattern(path, deviation.log?.[name], [...at, 'log', name]);
    checkPatch(path, deviation, driver, params, [...at, 'patch']);
  }
  fitting.set(deviations, calls);
}

function checkPatch(
  path: string,
  { patch }: Deviation,
  driver: DriverDescription,
  params: Params,
  at: DataPath,
): void {
  try {
    const patched = applyPatch(driver, patch);
    const edited = editedRules(patch);
    for (const call of [...patched.calls.values(), ...patched.files.values()])
      if (edited.some(id => id.startsWith(`${call.id}.`)))
        checkNames(call, driver.types, name => params(name) ?? commonParams(name));
  } catch (error) {
    const what = error instanceof InvalidData ? error.sentence : (error as Error).message;
    refuse(path, at, `the patch does not fit: ${what}`);
  }
}

function checkPattern(path: string, pattern: string | undefined, at: DataPath): void {
  if (pattern === undefined) return;
  try {
    new RegExp(pattern);
  } catch (error) {
    refuse(path, at, `this is no regular expression: ${(error as Error).message}`);
  }
}
