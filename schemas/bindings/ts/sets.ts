/** Sets of values of members: an enum goes by its own name, a list of constants by that of its struct and member. */
import type { DriverDescription } from '../../catalogue/catalogue.ts';
import type { FieldRole, ValueSet } from '../../generated/types/semantics.ts';
import { doc } from './text.ts';

export function setName(values: ValueSet, struct: string, path: string): string {
  return values.enum ?? `${struct}_${path.replaceAll('.', '_')}`;
}

function setsOf(struct: string, roles: Readonly<Record<string, FieldRole>>): [string, string][] {
  return Object.entries(roles).flatMap(([path, role]): [string, string][] => {
    if (!('values' in role) || !role.values?.constants) return [];
    const name = setName(role.values, struct, path);
    const members = role.values.constants.map(each => `  ${each},\n`).join('');
    return [
      [
        name,
        `${doc([`What ${path} of struct ${struct} may hold.`])}export const ${name} = {\n${members}} as const;\n`,
      ],
    ];
  });
}

/** The lists of constants that members of a driver's calls have. */
export function sets(driver: DriverDescription, calls: ReadonlySet<string>): string {
  const found = new Map<string, string>();
  for (const call of driver.calls.values()) {
    if (!calls.has(call.name) || call.argument === undefined) continue;
    const { fields, structs } = call.semantics;
    const all = [[call.argument, fields ?? {}], ...Object.entries(structs ?? {})] as const;
    for (const [struct, roles] of all)
      for (const [name, text] of setsOf(struct as string, roles as Record<string, FieldRole>))
        found.set(name, text);
  }
  return [...found.values()].join('\n');
}

/** Every constant that the sets of these calls name. */
export function constantsOfSets(driver: DriverDescription, calls: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  for (const call of driver.calls.values()) {
    if (!calls.has(call.name)) continue;
    for (const roles of [call.semantics.fields ?? {}, ...Object.values(call.semantics.structs ?? {})])
      for (const role of Object.values(roles as Record<string, FieldRole>))
        if ('values' in role) for (const name of role.values?.constants ?? []) names.add(name);
  }
  return names;
}
