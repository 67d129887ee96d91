/** What the meta-schema cannot say: every name in a description exists, every output has a rule. */
import type { FieldRole, Semantics } from '../generated/types/semantics.ts';
import { layoutOf, type TypeTable } from '../layout/index.ts';
import { type DataPath, refuse } from '../validate/invalid-data.ts';
import type { CallDescription } from './catalogue.ts';
import { checkBody } from './check-body.ts';
import { checkPredicate, checkValues, known, type Scope } from './check-formula.ts';
import { ruleName, walk } from './rules.ts';

/** What is described although no header has a request for it. */
const WITHOUT_REQUEST: readonly string[] = ['open', 'ioctl', 'mmap', 'unbind'];
/** Objects that are there before any rule binds one: the device, and the file that a call of another file is on. */
const ALWAYS_BOUND = ['device', 'client', 'file'];

/** Device parameters by name. */
export type Params = (name: string) => 'number' | 'text' | undefined;

/**
 * Throws InvalidData when a body names what does not exist. What a patch makes of a description has to keep this much;
 * it may well leave an output without a rule.
 */
export function checkNames(call: CallDescription, types: TypeTable, param: Params): void {
  const { semantics, path } = call;
  const rules = [...walk(semantics.body)];
  const scope: Scope = {
    path,
    types,
    param,
    described: new Set(Object.keys(semantics.fields)),
    layout: call.argument === undefined ? undefined : layoutOf(types, call.argument, 'x86_64'),
    elements: new Map(),
    objects: new Set([
      ...ALWAYS_BOUND,
      ...rules.flatMap(rule => ('find' in rule ? [rule.find] : 'create' in rule ? [rule.object] : [])),
    ]),
  };
  checkRoles(scope, semantics);
  checkBody(scope, semantics.body, ['body']);
}

/** Throws InvalidData when a call's description does not fit its facts. */
export function checkCall(call: CallDescription, types: TypeTable, param: Params): void {
  const { semantics, path } = call;
  const rules = [...walk(semantics.body)];
  checkMembers(call, types);
  checkNames(call, types, param);
  const names = new Set<string>();
  for (const rule of rules) {
    if ('select' in rule && !rule.id) continue;
    const name = ruleName(rule);
    if (names.has(name)) refuse(path, ['body'], `two rules are named ${name}; give one of them an id`);
    names.add(name);
  }
  if (call.request && rules.some(rule => 'handler' in rule))
    refuse(path, ['body'], 'only the dispatch body has a handler');
  // In a skeleton nobody has written the body yet.
  if (semantics.questions) return;
  // An array is written as memory; the rule then bears its name.
  const written = new Set(
    rules.flatMap(rule => ('set' in rule ? [rule.set] : 'write' in rule && rule.id ? [rule.id] : [])),
  );
  for (const [name, field] of Object.entries(semantics.fields)) {
    if ((field.direction === 'out' || field.direction === 'inout') && !written.has(name))
      refuse(path, ['fields', name], `${name} is an output, but no rule of the body sets it`);
  }
}

/** Every member of the argument has a role, and nothing else has. */
function checkMembers({ semantics, path, request, argument }: CallDescription, types: TypeTable): void {
  if (WITHOUT_REQUEST.includes(semantics.call)) return;
  if (!request)
    refuse(
      path,
      ['call'],
      `no header has an ioctl named ${semantics.call}; expected a request macro of the facts`,
    );
  if (!argument) return;
  const { fields } = known({ path }, ['call'], () => layoutOf(types, argument, 'x86_64'));
  const members = new Set(fields.map(field => field.path));
  // A structure inside the structure has its roles at its members.
  const whole = new Set(fields.filter(({ composite }) => composite).map(field => field.path));
  const missing = [...members].filter(
    member => !whole.has(member) && !Object.hasOwn(semantics.fields, member),
  );
  const extra = Object.keys(semantics.fields).filter(name => !members.has(name));
  if (missing.length)
    refuse(
      path,
      ['fields'],
      `fields lacks ${missing.join(', ')} of struct ${argument}; every member needs a role`,
    );
  if (extra.length)
    refuse(
      path,
      ['fields', extra[0]!],
      `fields has ${extra.join(', ')}, which struct ${argument} does not have`,
      'key',
    );
}

function checkRoles(scope: Scope, semantics: Semantics): void {
  const argument = new Set(Object.keys(semantics.fields));
  for (const [name, field] of Object.entries(semantics.fields))
    checkRole(scope, field, argument, ['fields', name]);
  for (const [struct, fields] of Object.entries(semantics.structs ?? {})) {
    const at: DataPath = ['structs', struct];
    const layout = known(scope, at, () => layoutOf(scope.types, struct, 'x86_64'));
    const members = new Set(layout.fields.map(field => field.path));
    for (const [name, field] of Object.entries(fields)) {
      if (!members.has(name))
        refuse(scope.path, [...at, name], `struct ${struct} has no member ${name}`, 'key');
      checkRole(scope, field, new Set([...members, ...argument]), [...at, name]);
    }
  }
}

function checkRole(scope: Scope, field: FieldRole, members: ReadonlySet<string>, at: DataPath): void {
  if (field.values) checkValues(scope, field.values, [...at, 'values']);
  const { target } = field;
  if (!target) return;
  for (const name of ['bytes', 'count', 'stride'] as const) {
    const of = target[name];
    if (of !== undefined && !members.has(of))
      refuse(scope.path, [...at, 'target', name], `there is no member ${of} that could hold the ${name}`);
  }
  const { struct, or } = target;
  for (const [index, name] of (or ?? []).entries())
    known(scope, [...at, 'target', 'or', index], () => layoutOf(scope.types, name, 'x86_64'));
  if (struct !== undefined)
    known(scope, [...at, 'target', 'struct'], () => layoutOf(scope.types, struct, 'x86_64'));
  if (target.predicate !== undefined) checkPredicate(scope, target.predicate, [...at, 'target', 'predicate']);
}
