/** A first description of a call or a driver from its header alone: every guess is an open question. */
import type { DriverManifest } from '../generated/types/driver.ts';
import type { FieldRole, Question, Semantics } from '../generated/types/semantics.ts';
import { type FieldLayout, layoutOf } from '../layout/layout.ts';
import { memberPath, membersOf, spellType } from '../layout/spelling.ts';
import type { TypeTable } from '../layout/type-table.ts';
import type { Facts, IoctlFact } from '../layout/types.ts';
import { guessDirection, guessRole } from './guess-role.ts';

/** What to ask about a member of a role, beyond whether the guess is right. */
const ASK: Partial<Record<FieldRole['role'], string>> = {
  reserved: 'Must it be zero, and is it checked?',
  flags: 'Which bits are known, and are others refused?',
  handle: 'Which resource does it name?',
  descriptor: 'What kind of file must it be?',
  pointer: 'What does it lead to, how much of it, and may it be NULL?',
  count: 'Elements of what, and how many at most?',
  bytes: 'Of what, and what are its limits?',
  offset: 'Into what, and how is it aligned?',
  timeout: 'Absolute or relative, and in which unit?',
  selector: 'Which values are there?',
  address: 'Of whom, and how is it aligned?',
};

/** The enum that a header names after a struct and its member, as drm_ethosu_dev_query_type is. */
export function enumOf(types: TypeTable, struct: string, field: string, type: string): string | undefined {
  if (type.startsWith('enum ')) return type.slice(5);
  return [`${struct}_${field}`, `${struct.replace(/_(create|args)$/, '')}_${field}`].find(name =>
    types.enums.has(name),
  );
}

function fieldSkeleton(
  ioctl: IoctlFact,
  struct: string,
  types: TypeTable,
  field: FieldLayout,
  names: readonly string[],
  type: string,
): { role: FieldRole; question: Question } {
  const role = guessRole(field, names);
  const direction = guessDirection(ioctl.name, ioctl.direction, role, field.path);
  const values =
    role === 'flags' || role === 'selector' ? enumOf(types, struct, field.path, type) : undefined;
  return {
    role: { direction, role, ...(values === undefined ? {} : { values: { enum: values } }) },
    question: {
      about: `fields.${field.path}`,
      ask: `is this ${type} ${role}, ${direction}? ${ASK[role] ?? 'What is it, and which values are good?'}`,
    },
  };
}

/** Short names of calls: what follows the words that all requests of a driver begin with. */
export function callKeys(driver: string, ioctls: readonly IoctlFact[]): Map<string, string> {
  const bare = ioctls.map(({ name }) => name.replace(/^DRM_IOCTL_/, ''));
  const first = bare[0]?.split('_')[0] ?? '';
  const own = driver.toUpperCase();
  // habanalabs calls itself HL in its header.
  const prefix = [own, first].find(word => bare.every(name => name.startsWith(`${word}_`)));
  return new Map(
    ioctls.map(({ name }, at) => {
      const short = prefix === undefined ? bare[at]! : bare[at]!.slice(prefix.length + 1);
      return [name, short.toLowerCase().replace(/^[^a-z]+/, '') || name.toLowerCase()];
    }),
  );
}

/** Throws LayoutError when the argument has no known layout. */
export function callSkeleton(ioctl: IoctlFact, key: string, types: TypeTable): Semantics {
  const struct = ioctl.argument && 'named' in ioctl.argument ? ioctl.argument.named : undefined;
  const fields: Record<string, FieldRole> = {};
  const questions: [Question, ...Question[]] = [{ about: 'summary', ask: 'what does the call do?' }];
  if (struct !== undefined) {
    const layout = layoutOf(types, struct, 'x86_64');
    const names = layout.fields.map(field => field.path);
    const spelled = new Map(
      membersOf(types, struct).map(({ path, type }) => [path, spellType(type, types)] as const),
    );
    for (const field of layout.fields) {
      const type = spelled.get(memberPath(field.path)) ?? 'unknown';
      const made = fieldSkeleton(ioctl, struct, types, field, names, type);
      fields[field.path] = made.role;
      questions.push(made.question);
    }
  }
  questions.push(
    { about: 'body', ask: 'what is checked and done, in which order, and with which errnos?' },
    { about: 'access', ask: "which permission flags does the driver's table give the call?" },
  );
  return { call: ioctl.name, key, summary: 'Not described yet.', fields, body: [], questions };
}

export function driverSkeleton(name: string, facts: Facts): DriverManifest {
  const accel = facts.header.endsWith('_accel.h');
  return {
    driver: name,
    header: facts.header,
    module: name,
    features: [],
    level: 'L1',
    kernel: facts.kernel,
    since: facts.kernel,
    params: {},
    profiles: {},
    ...(accel ? {} : { node: 'render' as const }),
    questions: [
      { about: 'driver', ask: 'which name does VERSION report?' },
      { about: 'module', ask: 'what is the module called?' },
      { about: 'features', ask: 'which features of the DRM core does the driver have?' },
      { about: 'since', ask: 'which kernel release has the driver first?' },
      ...(accel
        ? []
        : [{ about: 'node', ask: 'render, because the header is no *_accel.h; is the node another one?' }]),
    ],
  };
}

/** The name of a driver by its header: drm/ivpu_accel.h is ivpu's. */
export function driverName(header: string): string {
  const base = header.slice(header.lastIndexOf('/') + 1).replace(/\.h$/, '');
  const name = base
    .replace(/_(accel|drm)$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_');
  return name === '' ? 'driver' : name;
}
