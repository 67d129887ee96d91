/** The methods of a driver's device: for every ioctl one with the raw struct, and a safe one where it is described. */
import type { CallDescription, DriverDescription } from '../../catalogue/catalogue.ts';
import { walk } from '../../catalogue/rules.ts';
import type { FieldRole } from '../../generated/types/semantics.ts';
import { layoutOf } from '../../layout/layout.ts';
import { ownFields, sharing } from '../../layout/parts.ts';
import { requestNumber } from '../../layout/request.ts';
import type { IoctlFact } from '../../layout/types.ts';
import { functionName } from '../c/calls.ts';
import { checkList } from './checks.ts';
import { arrayCounts, builderName, type SafeMember, safeMembers, writtenPointers } from './members.ts';
import { flexibleOf } from './parts.ts';
import { memberText, type Roles, rolesIn } from './roles.ts';
import { callOf, doc, indented, perAbi, quoted } from './text.ts';

/** The number of a request on the host. */
export function requestFunction(ioctl: IoctlFact, driver: DriverDescription): string {
  const { text } = perAbi(abi => `return 0x${requestNumber(ioctl, driver.types, abi).toString(16)};\n`);
  const since = ioctl.since === undefined ? '' : ` Since Linux ${ioctl.since}.`;
  const abi = text.includes('abi ===') ? 'abi = hostAbi()' : '_abi?: Abi';
  return `${doc([`The request number of ${ioctl.name}.${since}`])}export function ${ioctl.name}(${abi}): number {\n${indented(text)}}\n`;
}

/** The tag of an argument that is a struct. */
function structOf({ argument }: IoctlFact): string | undefined {
  return argument && 'named' in argument ? argument.named : undefined;
}

/** The call that releases what a handle names, and the member that takes it. */
interface Destroyer {
  readonly method: string;
  readonly member: string;
}

function destroyerOf(driver: DriverDescription, resource: string): Destroyer | undefined {
  for (const call of driver.calls.values())
    for (const rule of walk(call.semantics.body)) {
      if (!('release' in rule) || rule.resource !== resource || !call.request) continue;
      if (typeof rule.release !== 'object' || !('field' in rule.release)) continue;
      return {
        method: functionName(call.request.name, call.id.startsWith('drm.')),
        member: rule.release.field,
      };
    }
  return undefined;
}

/** What `using` does with a result: the new handle or descriptor is given up. */
function disposal(driver: DriverDescription, roles: Readonly<Record<string, FieldRole>>): string | undefined {
  for (const [name, role] of Object.entries(roles)) {
    if (role.direction !== 'out') continue;
    if (role.role === 'descriptor') return `closeDescriptor(after.${name} as Descriptor);`;
    const resource = 'resource' in role ? role.resource : undefined;
    const found = resource === undefined ? undefined : destroyerOf(driver, resource);
    if (found)
      return `this.${found.method}({ ${found.member}: after.${name} as Handle<${quoted(resource!)}> });`;
  }
  return undefined;
}

const members = (call: CallDescription, driver: DriverDescription, struct: string) =>
  safeMembers({
    driver,
    call,
    struct,
    roles: rolesIn(call, struct) ?? {},
    written: writtenPointers(call),
    counts: arrayCounts(call),
  });

/** Pointers and arrays first: what counts them needs their lengths. */
function fills(all: readonly SafeMember[]): string {
  const filled = all.filter(({ fill }) => fill !== '');
  const late = (member: SafeMember) => member.fill.includes('lengthOf(');
  return [...filled.filter(member => !late(member)), ...filled.filter(late)].map(({ fill }) => fill).join('');
}

function inputType(all: readonly SafeMember[], roles: Roles): string {
  const lines = all.flatMap(({ name, input, optional }) =>
    input === undefined
      ? []
      : [
          doc([memberText(roles[name])]),
          `readonly ${name}${optional ? '?' : ''}: ${input}${optional ? ' | undefined' : ''};\n`,
        ],
  );
  return `{\n${indented(lines.join(''))}}`;
}

const needsInput = (all: readonly SafeMember[]) => all.some(({ input }) => input !== undefined);
const everyOptional = (all: readonly SafeMember[]) =>
  all.every(({ input, optional }) => input === undefined || optional);

/** Input types and builders of the structs behind the pointers of a call. */
export function builders(call: CallDescription, driver: DriverDescription, done: Set<string>): string {
  const struct = call.argument;
  if (struct === undefined || !call.semantics.fields) return '';
  const texts: string[] = [];
  const visit = (all: readonly SafeMember[]) => {
    for (const { builds } of all) {
      if (builds === undefined || done.has(builds)) continue;
      done.add(builds);
      const inner = members(call, driver, builds);
      visit(inner);
      texts.push(
        `${doc([`What a caller gives for a struct ${builds}; counts and sizes are filled in.`])}export type ${builds}_input = ${inputType(inner, rolesIn(call, builds) ?? {})};\n`,
        `function ${builderName(builds)}(${fills(inner).includes('memory') ? 'memory' : '_memory'}: Memory, input: ${builds}_input): ${builds} {\n`,
        `${indented(blank(driver, builds) + fills(inner))}  return value;\n}\n`,
      );
    }
  };
  visit(members(call, driver, struct));
  return texts.join('');
}

export const checksName = (method: string) => `${method}_checks`;

/** The checks of a call as a constant. */
export function checksOf(ioctl: IoctlFact, driver: DriverDescription, core: boolean): string {
  const call = driver.calls.get(ioctl.name);
  if (!call) return '';
  const struct = structOf(ioctl);
  const fields = struct === undefined ? [] : layoutOf(driver.types, struct, 'x86_64').fields;
  const numbers = new Map(
    fields.filter(field => field.scalar && !field.path.includes('.')).map(field => [field.path, field]),
  );
  const list = checkList(call, struct === undefined ? undefined : { call, struct, numbers });
  return `const ${checksName(functionName(ioctl.name, core))}: readonly Check[] = ${list};\n`;
}

/** Where a builder begins; a member of a union is there when it is given. */
function blank(driver: DriverDescription, struct: string): string {
  const fields = sharing(ownFields(layoutOf(driver.types, struct, 'x86_64')));
  const gone = [...fields].map(({ path }) => `delete value.${path};\n`);
  return `const value = zero(${struct});\n${gone.join('')}`;
}

/** A call of the shared function `call`. */
function callText(ioctl: string, struct: string, checks: string): string {
  return callOf('call', ['this', quoted(ioctl), `${ioctl}()`, struct, 'bytes', checks]);
}

/** The bytes of a value; a flexible array has as many as its elements need. */
function encoded(driver: DriverDescription, struct: string): string {
  const flexible = flexibleOf(layoutOf(driver.types, struct, 'x86_64'));
  const more = flexible ? `, value.${flexible.path}.length * ${flexible.array!.stride}` : '';
  return `const bytes = encode(${struct}, value${more});\n`;
}

function rawMethod(ioctl: IoctlFact, driver: DriverDescription, method: string, summary: string): string {
  const struct = structOf(ioctl);
  const described = driver.calls.has(ioctl.name);
  const checks = described ? checksName(method) : '[]';
  const name = quoted(ioctl.name);
  if (struct !== undefined)
    return [
      doc([summary, 'Takes any bits and gives the argument as it is after the call.']),
      `${method}_raw(value: ${struct}): ${struct} {\n`,
      indented(`${encoded(driver, struct)}${callText(ioctl.name, struct, checks)}`),
      `  return decode(${struct}, bytes);\n}\n`,
    ].join('');
  const parameter = ioctl.argument ? 'argument: Uint8Array' : '';
  return [
    doc([summary]),
    `${method}_raw(${parameter}): void {\n`,
    `  const errno = this.ioctl(${ioctl.name}(), ${ioctl.argument ? 'argument' : 'null'});\n`,
    `  if (errno !== 0) throw uapiError(${name}, errno, ${checks}, {});\n}\n`,
  ].join('');
}

function safeMethod(
  call: CallDescription,
  driver: DriverDescription,
  method: string,
  struct: string,
): string {
  const all = members(call, driver, struct);
  const outputs = all.filter(({ output }) => output !== undefined);
  const roles = rolesIn(call, struct) ?? {};
  // What lies in a union of what goes in and out is told by no member: there is nothing to hold on to.
  const dispose = outputs.length > 0 ? disposal(driver, roles) : '';
  const type = outputs.map(({ name, output }) => `readonly ${name}: ${output}`);
  const result = `{\n${type.map(each => `  ${each};\n`).join('')}}${dispose ? ' & Disposable' : ''}`;
  const reads = outputs.map(({ name, read }) => `${name}: ${read ?? `after.${name}`},\n`);
  if (dispose) reads.push(`[Symbol.dispose]: () => {\n  ${dispose}\n},\n`);
  const text = fills(all);
  const input = needsInput(all) ? `input: ${inputType(all, roles)}${everyOptional(all) ? ' = {}' : ''}` : '';
  const errnos = [
    ...new Set(walk(call.semantics.body).flatMap(rule => ('check' in rule ? [rule.errno] : []))),
  ];
  const memory = text.includes('memory');
  const calling = callText(call.name, struct, checksName(method));
  const body = [
    memory ? 'const memory = new Memory();\n' : '',
    `${blank(driver, struct)}${text}${encoded(driver, struct)}`,
    memory ? 'try {\n' : '',
    memory ? indented(calling) : calling,
    memory ? '} finally {\n  memory.release();\n}\n' : '',
    outputs.some(({ read }) => read === undefined || read.startsWith('after.')) || dispose
      ? `const after = decode(${struct}, bytes);\n`
      : '',
    outputs.length > 0 ? `return {\n${indented(reads.join(''))}};\n` : '',
  ];
  return [
    doc([
      call.semantics.summary,
      call.semantics.note ?? '',
      errnos.length > 0 ? `Throws UapiError with ${errnos.join(', ')}.` : '',
      dispose ? 'With `using` what was made is given up at the end of the block.' : '',
    ]),
    `${method}(${input}): ${outputs.length > 0 ? result : 'void'} {\n${indented(body.join(''))}}\n`,
  ].join('');
}

/** All methods of an ioctl. */
export function methods(ioctl: IoctlFact, driver: DriverDescription, core: boolean): string {
  const method = functionName(ioctl.name, core);
  const described = driver.calls.get(ioctl.name);
  const struct = structOf(ioctl);
  const summary = `${ioctl.name}${described ? `: ${described.semantics.summary}` : ', of which only the argument is described.'}`;
  const raw = rawMethod(ioctl, driver, method, summary);
  if (!described?.semantics.fields || struct === undefined) return raw;
  return `${raw}\n${safeMethod(described, driver, method, struct)}`;
}
