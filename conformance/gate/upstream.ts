/** The gate for a driver of the collection: what can be looked at without a submission. */
import { catalogue, type DriverDescription } from '../../schemas/index.ts';
import { checkDescription, checkDocumentation, checkHeader, checkLint, readHeader } from './described.ts';
import { type Finding, Refused } from './finding.ts';
import { Findings } from './gate.ts';
import { checkBindings } from './library.ts';
import { isOpen } from './licences.ts';

/** userspace.yaml: which open program uses which ioctl. */
function checkUserspace({ facts, userspace }: DriverDescription): string {
  const users = userspace?.userspace ?? [];
  const problems: string[] = [];
  if (users.length === 0)
    problems.push('there is no userspace.yaml: nobody has written down which open program uses the driver');
  for (const { name, licence } of users)
    if (!isOpen(licence)) problems.push(`${name} is under ${licence}, which is not known to be open`);
  const unused = (userspace?.unused ?? []).map(({ call }) => call);
  const used = new Set(unused);
  for (const { call } of users.flatMap(each => each.ioctls)) used.add(call);
  if (users.length > 0)
    for (const { name } of facts.ioctls)
      if (!used.has(name)) problems.push(`no open program on record uses ${name}`);
  if (problems.length > 0) throw new Refused(problems);
  const nobody = unused.length > 0 ? `; no open program makes ${unused.join(', ')}` : '';
  return `${users.map(({ name, licence }) => `${name} (${licence})`).join(', ')}${nobody}`;
}

/** @param header the driver's uAPI header on this machine */
export async function gateDriver(name: string, header: string, include: string): Promise<readonly Finding[]> {
  const driver = catalogue().drivers.get(name)!;
  const found = new Findings();
  await found.look('description', () => [true, checkDescription({ driver })]);
  const read = { driver, ...(await readHeader(header)) };
  await found.look('header', () => [true, checkHeader(read)]);
  await found.look('lint', () => [true, checkLint(read)]);
  await found.look('documentation', () => [true, checkDocumentation(read, [])]);
  await found.look('bindings', async () => [true, await checkBindings(driver, header, include)] as const);
  await found.look('library', () => [true, checkUserspace(driver)]);
  return found.rest('a driver of the collection hands in no submission');
}
