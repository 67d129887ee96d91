/** TypeScript modules of the drivers: two that all share, one of the DRM core, and one of each driver. */
import type { Catalogue, DriverDescription } from '../../catalogue/catalogue.ts';
import { errnoNames } from '../../errno/errno.ts';
import { runtime } from '../../generated/bindings-runtime.ts';
import type { Facts, IoctlFact } from '../../layout/types.ts';
import { builders, checksOf, methods, requestFunction } from './calls.ts';
import { constants } from './constants.ts';
import { sets } from './sets.ts';
import { structs } from './structs.ts';
import { doc, GENERATED, indented, quoted } from './text.ts';

const SHARED = 'accel-uapi.ts';
const NODE = 'accel-uapi-node.ts';
const CORE = 'drm.ts';
/** Constants first that the second needs. */
const CORE_HEADERS = ['drm/drm_mode.h', 'drm/drm.h'];

export const driverModule = (name: string) => `${name}.ts`;

const className = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}Device`;

/** Names that a module exports, by what exports them: values, and types alone. */
function exportsOf(text: string): Map<string, 'value' | 'type'> {
  const found = new Map<string, 'value' | 'type'>();
  for (const [, kind, name] of text.matchAll(
    /^export (?:async )?(const|function|class|type|interface) (\w+)/gm,
  ))
    if (kind === 'type' || kind === 'interface') {
      if (!found.has(name!)) found.set(name!, 'type');
    } else found.set(name!, 'value');
  return found;
}

/** Imports of those names of other modules that a text uses, and has not itself. */
function imports(body: string, from: readonly (readonly [file: string, text: string])[]): string {
  // Words of comments and texts are no uses.
  const code = body.replace(/\/\*[\s\S]*?\*\/|'[^'\n]*'|"[^"\n]*"/g, '');
  const used = new Set(code.match(/(?<!\w|(?<!\.\.)\.)[A-Za-z_]\w*/g));
  const own = exportsOf(body);
  return from
    .map(([file, text]) => {
      const names = [...exportsOf(text)].filter(([name]) => used.has(name) && !own.has(name)).sort();
      if (names.length === 0) return '';
      const list = names.map(([name, kind]) => `  ${kind === 'type' ? 'type ' : ''}${name},\n`);
      return `import {\n${list.join('')}} from './${file}';\n`;
    })
    .join('');
}

interface Part {
  readonly driver: DriverDescription;
  readonly headers: readonly Facts[];
  readonly ioctls: readonly IoctlFact[];
  readonly core: boolean;
}

/** Everything of a module but its class. */
function definitions({ driver, headers, ioctls, core }: Part): string[] {
  const done = new Set<string>();
  const names = new Set(ioctls.map(({ name }) => name));
  return [
    ...headers.map(constants),
    sets(driver, names),
    ...headers.map(facts => structs(driver, facts)),
    ...ioctls.map(ioctl => requestFunction(ioctl, driver)),
    ...ioctls.map(ioctl => checksOf(ioctl, driver, core)),
    ...ioctls.map(ioctl => {
      const call = driver.calls.get(ioctl.name);
      return call ? builders(call, driver, done) : '';
    }),
  ];
}

function deviceClass({ driver, ioctls, core }: Part, name: string, base: string, about: string): string {
  const body = ioctls.map(ioctl => methods(ioctl, driver, core)).join('\n');
  return `${doc([about])}export class ${name} extends ${base} {\n${indented(body)}}\n`;
}

const joined = (parts: readonly string[]) => parts.filter(part => part !== '').join('\n');

function coreModule({ core, shared }: Pick<Catalogue, 'core' | 'shared'>, runtimes: Runtimes): string {
  const headers = CORE_HEADERS.map(name => shared.find(({ header }) => header === name)!);
  const ioctls = core.facts.ioctls.filter(({ name }) => core.calls.has(name));
  const part = { driver: core, headers, ioctls, core: true };
  const version = [
    doc(['How a node is asked for its driver.']),
    'export const versionCall: VersionCall = {\n',
    '  request: DRM_IOCTL_VERSION(),\n',
    '  argument: (name, room) => encode(drm_version, { ...zero(drm_version), name, name_len: BigInt(room) }),\n};\n',
  ].join('');
  const body = joined([
    ...definitions(part),
    deviceClass(part, 'DrmDevice', 'Device', 'An open node, with the calls that every driver has.'),
    version,
  ]);
  return joined([GENERATED, imports(body, runtimes), body]);
}

function openers({ name, manifest }: DriverDescription): string {
  const own = className(name);
  const told = `{ name: ${quoted(manifest.driver)}, module: ${quoted(manifest.module)}, version: versionCall }`;
  const owned = (open: string) => `const { path: at, fd } = await ${open};\n  return new ${own}(at, fd);\n`;
  const byPath = [
    doc(['Opens a node by its path; one of another driver is refused with OpenError.']),
    `export async function ${name}_open(path: string): Promise<${own}> {\n  ${owned(`openNode(path, ${told})`)}}\n`,
  ].join('');
  // A render node is found by its path alone: the class accel does not know it.
  if (manifest.node === 'render') return byPath;
  return [
    doc([
      `Opens the first node of ${manifest.driver}: as sysfs knows it, else the first of /dev/accel that says so in VERSION.`,
    ]),
    `export async function ${name}_open_device(): Promise<${own}> {\n  ${owned(`openDriver(${told})`)}}\n\n`,
    byPath,
  ].join('');
}

function driverText(driver: DriverDescription, runtimes: Runtimes, core: string): string {
  const { name, manifest, facts } = driver;
  const part = { driver, headers: [facts], ioctls: facts.ioctls, core: false };
  const body = joined([
    ...definitions(part),
    deviceClass(part, className(name), 'DrmDevice', `An open node of ${manifest.driver}.`),
    openers(driver),
  ]);
  const about = doc([
    `${name}: ${facts.header} of Linux ${facts.kernel}, described to level ${manifest.level} (Linux ${manifest.kernel}).`,
  ]);
  return joined([GENERATED + about, imports(body, [...runtimes, [CORE, core]]), body]);
}

type Runtimes = readonly (readonly [file: string, text: string])[];

/** File name -> text, for these drivers and what they import. The same catalogue gives the same bytes. */
export function tsModules(
  of: Pick<Catalogue, 'core' | 'shared'>,
  drivers: readonly DriverDescription[],
): Map<string, string> {
  const errnos = errnoNames().map(([number, name]) => `${number}: '${name}',`);
  const runtimes: Runtimes = [
    [SHARED, `${GENERATED}${runtime.shared.replace('/* ERRNOS */', errnos.join('\n  '))}`],
    [NODE, `${GENERATED}${runtime.node}`],
  ];
  const core = coreModule(of, runtimes);
  return new Map([
    ...runtimes,
    [CORE, core],
    ...drivers.map((driver): [string, string] => [
      driverModule(driver.name),
      driverText(driver, runtimes, core),
    ]),
  ]);
}
