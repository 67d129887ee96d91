/** `accel-uapi describe sysfs | fdinfo | uevents` in English. */
import {
  type Fdinfo,
  type FdinfoKey,
  fdinfoDescription,
  fdinfoForm,
  type SysfsAttribute,
  type SysfsDescription,
  sysfsDescription,
  type UeventProperty,
  type Uevents,
  ueventsDescription,
} from '../../schemas/index.ts';
import type { Paragraphs } from '../report/paragraphs.ts';

export const NODE_DESCRIPTIONS = {
  sysfs: { data: sysfsDescription, print: (out: Paragraphs) => printSysfs(sysfsDescription(), out) },
  fdinfo: { data: fdinfoDescription, print: (out: Paragraphs) => printFdinfo(fdinfoDescription(), out) },
  uevents: { data: ueventsDescription, print: (out: Paragraphs) => printUevents(ueventsDescription(), out) },
} as const;

const owned = <T extends { readonly owner: string }>(all: readonly T[]) =>
  [...new Set(all.map(({ owner }) => owner))].map(
    owner => [owner, all.filter(each => each.owner === owner)] as const,
  );
const heading = (owner: string) => (owner === 'core' ? '-- of every device' : `-- of ${owner}`);

function head(
  name: string,
  { title, kernel, note }: { title: string; kernel: string; note?: string },
  out: Paragraphs,
) {
  out.put(`${name}: ${title}, Linux ${kernel}`);
  if (note) out.put(note, 2);
  out.blank();
}

function printSysfs(sysfs: SysfsDescription, out: Paragraphs): void {
  head('sysfs', sysfs, out);
  for (const [owner, attributes] of owned(sysfs.attributes)) {
    out.put(heading(owner));
    for (const attribute of attributes) printAttribute(attribute, sysfs.places[attribute.place]!, out);
    out.blank();
  }
}

function printAttribute(attribute: SysfsAttribute, place: string, out: Paragraphs): void {
  const { name, access, type, unit, values, when, same_as, since, documented, source, basis } = attribute;
  const kind = `${access}, ${type}${unit ? ` in ${unit}` : ''}${since ? `, since ${since}` : ''}`;
  out.put(`${place}/${name} (${kind}): ${attribute.meaning}`, 2);
  if (values) out.put(`values: ${values.join(', ')}`, 4);
  if (when) out.put(`there ${when}`, 4);
  if (same_as) out.put(`another name of ${same_as}`, 4);
  for (const { on, errno, when: why } of attribute.refusals ?? [])
    out.put(
      `${on === 'both' ? 'both are' : on === 'read' ? 'reading is' : 'writing is'} refused with ${errno} when ${why}`,
      4,
    );
  if (attribute.note) out.put(attribute.note, 4);
  out.put(`[${basis}; ${documented ? `${documented}; ` : ''}${source}]`, 4);
}

function printFdinfo(fdinfo: Fdinfo, out: Paragraphs): void {
  head('fdinfo', fdinfo, out);
  for (const { says, basis, source } of fdinfo.lines) out.put(`${says} [${basis}; ${source}]`, 2);
  out.blank();
  for (const [owner, keys] of owned(fdinfo.keys)) {
    out.put(heading(owner));
    for (const key of keys) printKey(fdinfo, key, out);
    out.blank();
  }
  for (const { driver, keys, note } of fdinfo.drivers) {
    out.put(`${driver} prints ${keys.join(', ') || 'no key'}`);
    if (note) out.put(note, 2);
  }
}

const PRESENCE = {
  always: 'mandatory',
  optional: 'optional',
  pci: 'for PCI devices',
  named: 'when the client has a name',
} as const;

function printKey(fdinfo: Fdinfo, key: FdinfoKey, out: Paragraphs): void {
  const traits = [
    PRESENCE[key.presence],
    fdinfoForm(fdinfo, key),
    ...(key.changes === 'grows'
      ? ['never smaller for long']
      : key.changes === 'never'
        ? ['never changes']
        : []),
    ...(key.unique ? ['of no other client'] : []),
    ...(key.deprecated ? ['deprecated'] : []),
  ];
  out.put(`${key.key} (${traits.join('; ')}): ${key.meaning}`, 2);
  if (key.needs) out.put(`only with ${key.needs.join(', ')}`, 4);
  if (key.excludes) out.put(`not with ${key.excludes.join(', ')}`, 4);
  if (key.at_most) out.put(`at most ${key.at_most.join(', ')}`, 4);
  if (key.same_as) out.put(`another name of ${key.same_as}`, 4);
  if (key.note) out.put(key.note, 4);
  out.put(`[${key.basis}; ${key.source}]`, 4);
}

function printProperty(property: UeventProperty, out: Paragraphs, indent: number): void {
  const { name, values, form, optional, meaning } = property;
  const value = form ?? (values ? values.join(' | ') : property.type);
  out.put(`${name}=${value}${optional ? ' (may be missing)' : ''}: ${meaning}`, indent);
}

function printUevents(uevents: Uevents, out: Paragraphs): void {
  head('uevents', uevents, out);
  out.put('-- in every uevent of the node');
  for (const property of uevents.properties) printProperty(property, out, 2);
  out.blank();
  for (const [owner, events] of owned(uevents.events)) {
    out.put(heading(owner));
    for (const { event, action, device, when, properties = [], reachable, note, basis, source } of events) {
      out.put(
        `${event} (${action} of the ${device === 'node' ? 'node' : 'parent device'}${reachable === false ? '; no accel driver can send it' : ''}): ${when}`,
        2,
      );
      for (const property of properties) printProperty(property, out, 4);
      if (note) out.put(note, 4);
      out.put(`[${basis}; ${source}]`, 4);
    }
    out.blank();
  }
}
