/** What descriptions say of the members of a struct: each call by itself, and what all calls say alike. */
import type { CallDescription, DriverDescription } from '../../catalogue/catalogue.ts';
import type { FieldRole } from '../../generated/types/semantics.ts';

export type Roles = Readonly<Record<string, FieldRole>>;

/** The members of a struct in one call: as its argument, or behind one of its pointers. */
export function rolesIn({ argument, semantics }: CallDescription, struct: string): Roles | undefined {
  if (argument === struct && semantics.fields) return semantics.fields;
  return semantics.structs?.[struct] as Roles | undefined;
}

/** The calls that have a struct, the core's first. */
export function callsOf(driver: DriverDescription, struct: string): CallDescription[] {
  return [...driver.calls.values()].filter(call => rolesIn(call, struct) !== undefined);
}

/** What makes two calls want the same of a member. */
function meaning(role: FieldRole | undefined): string {
  const values = role && 'values' in role ? role.values : undefined;
  return JSON.stringify([role?.role, role?.direction, values]);
}

/** The roles of members on which all calls agree that have the struct; with the first of these calls. */
export function agreedRoles(
  driver: DriverDescription,
  struct: string,
): { readonly call: CallDescription; readonly roles: Roles } | undefined {
  const [call, ...others] = callsOf(driver, struct);
  if (!call) return undefined;
  const first = rolesIn(call, struct)!;
  const same = Object.entries(first).filter(([name, role]) =>
    others.every(other => meaning(rolesIn(other, struct)![name]) === meaning(role)),
  );
  return { call, roles: Object.fromEntries(same) };
}

/** What a description says of a member, in one line. */
export function memberText(role: FieldRole | undefined): string {
  if (!role) return '';
  const unit = 'unit' in role && role.unit && role.unit !== 'none' ? `, in units of: ${role.unit}` : '';
  const clock = 'clock' in role && role.clock ? `, ${role.clock}` : '';
  const note = 'note' in role && role.note ? `. ${role.note}` : '';
  return `${role.direction}: ${role.role}${unit}${clock}${note}`;
}
