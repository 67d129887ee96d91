/** An interface and a codec for every struct, with what the descriptions say of its members. */
import type { DriverDescription } from '../../catalogue/catalogue.ts';
import { layoutOf } from '../../layout/layout.ts';
import { ownFields, sharing } from '../../layout/parts.ts';
import type { CompositeFact, Facts } from '../../layout/types.ts';
import { codecOf, type MemberRule } from './codec.ts';
import { typeOf, widePaths } from './parts.ts';
import { agreedRoles, memberText } from './roles.ts';
import { setName } from './sets.ts';
import { doc, indented } from './text.ts';

/** What has to hold for the bits of a member, whatever the device. */
export function memberRules(driver: DriverDescription, struct: string): MemberRule[] {
  const fields = new Map(layoutOf(driver.types, struct, 'x86_64').fields.map(field => [field.path, field]));
  const agreed = agreedRoles(driver, struct);
  if (!agreed) return [];
  return Object.entries(agreed.roles).flatMap(([path, role]): MemberRule[] => {
    if (!fields.get(path)?.scalar) return [];
    if (role.role === 'reserved') return [{ path, reserved: true }];
    if (!('values' in role) || !role.values || role.direction === 'out') return [];
    const set = setName(role.values, agreed.call, struct, path);
    if (role.role === 'flags') return [{ path, bits: `bitsOf(${set})` }];
    return role.role === 'selector' ? [{ path, oneOf: `valuesOf(${set})` }] : [];
  });
}

function struct(driver: DriverDescription, fact: CompositeFact): string {
  const layout = layoutOf(driver.types, fact.name, 'x86_64');
  const fields = ownFields(layout);
  const optional = sharing(fields);
  const wide = widePaths(layout);
  const roles = agreedRoles(driver, fact.name)?.roles ?? {};
  const history = new Map(fact.members.map(member => [member.name, member.since]));
  const members = fields.map(field => {
    const { path } = field;
    const since = history.get(path) === undefined ? '' : `Since Linux ${history.get(path)}.`;
    const type = typeOf(field, each => wide.has(each), `.${path}`);
    return `${doc([memberText(roles[path]), since])}${path}${optional.has(field) ? '?' : ''}: ${type};\n`;
  });
  const callers = [...driver.facts.ioctls]
    .filter(({ argument }) => argument && 'named' in argument && argument.named === fact.name)
    .map(({ name }) => `The argument of ${name}.`);
  const since = fact.since === undefined ? '' : `Since Linux ${fact.since}.`;
  return [
    doc([`${fact.kind} ${fact.name}, any bits.`, ...callers, since]),
    `export interface ${fact.name} {\n${indented(members.join(''))}}\n`,
    codecOf(abi => layoutOf(driver.types, fact.name, abi), memberRules(driver, fact.name)),
  ].join('');
}

export function structs(driver: DriverDescription, facts: Facts): string {
  return facts.types.map(fact => struct(driver, fact)).join('\n');
}
