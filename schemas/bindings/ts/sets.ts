/** Sets of values of members: an enum goes by its own name, a list of constants by that of its call, struct and member. */
import type { CallDescription, DriverDescription } from '../../catalogue/catalogue.ts';
import type { ValueSet } from '../../generated/types/semantics.ts';
import { type Roles, rolesIn } from './roles.ts';
import { doc } from './text.ts';

export function setName(values: ValueSet, call: CallDescription, struct: string, path: string): string {
  if (values.enum) return values.enum;
  const own = call.id.replace('.', '_');
  const place = struct === call.argument ? path : `${struct}_${path}`;
  return `${own}_${place.replaceAll('.', '_')}`;
}

function setsOf(call: CallDescription, struct: string, roles: Roles): [string, string][] {
  return Object.entries(roles).flatMap(([path, role]): [string, string][] => {
    if (!('values' in role) || !role.values?.constants) return [];
    const name = setName(role.values, call, struct, path);
    const members = role.values.constants.map(each => `  ${each},\n`).join('');
    const about = doc([`What ${path} of struct ${struct} may hold in ${call.name}.`]);
    return [[name, `${about}export const ${name} = {\n${members}} as const;\n`]];
  });
}

/** The lists of constants that members of a driver's calls have. */
export function sets(driver: DriverDescription, calls: ReadonlySet<string>): string {
  const found = new Map<string, string>();
  for (const call of driver.calls.values()) {
    if (!calls.has(call.name) || call.argument === undefined) continue;
    for (const struct of [call.argument, ...Object.keys(call.semantics.structs ?? {})])
      for (const [name, text] of setsOf(call, struct, rolesIn(call, struct) ?? {})) found.set(name, text);
  }
  return [...found.values()].join('\n');
}
