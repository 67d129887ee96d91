/** C headers of the drivers: `accel_uapi.h` for all, `accel_uapi_DRIVER.h` for each. */
import type { Catalogue, DriverDescription } from '../../catalogue/catalogue.ts';
import type { TypeTable } from '../../layout/type-table.ts';
import type { Facts } from '../../layout/types.ts';
import { asserts } from './asserts.ts';
import { inlineCall } from './calls.ts';
import { COMMON_HEADER, commonHeader, openFunctions } from './common.ts';
import { comment, GENERATED, indented } from './text.ts';
import { definitions } from './types.ts';

export const CORE_HEADER = 'accel_uapi_drm.h';

export const driverHeader = (name: string) => `accel_uapi_${name}.h`;

/** Constants and types first that the second needs. */
const CORE_HEADERS = ['drm/drm_mode.h', 'drm/drm.h'];

type CoreOf = Pick<Catalogue, 'core' | 'shared'>;

const GUARDS = /guards the header/;
const TAKES = /takes parameters/;

/** The macro by which the kernel's header is read once. */
function guardOf({ unresolved }: Facts): string | undefined {
  return unresolved.find(({ reason }) => GUARDS.test(reason))?.name;
}

function opening(name: string): string {
  return `#ifndef ${name}\n#define ${name}\n`;
}

const C_BLOCK = ['#ifdef __cplusplus\nextern "C" {\n#endif\n', '#ifdef __cplusplus\n}\n#endif\n'] as const;

/** The kernel's definitions where its header came first, else the same of our own in its place. */
function ownDefinitions(facts: Facts, types: TypeTable): string {
  const guard = guardOf(facts);
  const missing = facts.unresolved.filter(({ reason }) => TAKES.test(reason)).map(({ name }) => name);
  const about = comment([
    `What <${facts.header}> defines, Linux ${facts.kernel}. Where that header was included before, its own definitions stand, and are checked below; included later it has nothing to add.`,
    ...(missing.length > 0 ? [`Macros with parameters are not here: ${missing.join(', ')}.`] : []),
  ]);
  const text = definitions(facts, types);
  return guard === undefined
    ? `${about}${text}`
    : `${about}#ifndef ${guard}\n#define ${guard}\n\n${text}\n#endif\n`;
}

function openers({ name, manifest }: DriverDescription): string {
  if (manifest.node === 'render') return '';
  const { driver, module } = manifest;
  return [
    comment([
      `Opens the first node of ${driver}, found through sysfs or in /dev/accel. Returns a descriptor, or -1 with errno; error may be NULL.`,
    ]),
    `static inline int ${name}_open_device(struct accel_uapi_error *error)\n{\n`,
    indented([`return accel_uapi_open_driver("${driver}", "${module}", error);`]),
    '}\n\n',
    comment([`Opens a node by its path. A node of another driver is refused with ENODEV.`]),
    `static inline int ${name}_open(const char *path, struct accel_uapi_error *error)\n{\n`,
    indented([`return accel_uapi_open(path, "${driver}", error);`]),
    '}\n',
  ].join('');
}

function headerOf(driver: DriverDescription): string {
  const guard = `ACCEL_UAPI_${driver.name.toUpperCase()}_H`;
  const { manifest, facts } = driver;
  return [
    GENERATED,
    comment([
      `${driver.name}: ${facts.header} of Linux ${facts.kernel}, described to level ${manifest.level} (Linux ${manifest.kernel}).`,
    ]).trimEnd(),
    opening(guard),
    `#include "${CORE_HEADER}"\n`,
    C_BLOCK[0],
    ownDefinitions(facts, driver.types),
    asserts(facts, driver.types),
    openers(driver),
    ...facts.ioctls.map(ioctl => inlineCall(ioctl, driver, false)),
    C_BLOCK[1],
    `#endif /* ${guard} */\n`,
  ]
    .filter(part => part !== '')
    .join('\n');
}

/** Requests of drivers, as <drm/drm.h> has them; each kernel header of a driver uses them. */
const REQUESTS = ['', 'R', 'W', 'WR']
  .map(way => {
    const [open, close] = way === '' ? ['nr', 'nr'] : ['nr, type', 'nr, type'];
    return `#ifndef DRM_IO${way}\n#define DRM_IO${way}(${open}) _IO${way}('d', ${close})\n#endif\n`;
  })
  .join('');

/** What the core's headers define, and the calls of it that the descriptions know. */
function coreHeader({ core, shared }: CoreOf): string {
  const headers = CORE_HEADERS.map(name => shared.find(({ header }) => header === name)!);
  const ioctls = core.facts.ioctls.filter(({ name }) => core.calls.has(name));
  return [
    GENERATED,
    opening('ACCEL_UAPI_DRM_H'),
    `#include "${COMMON_HEADER}"\n\n#include <linux/ioctl.h>\n`,
    C_BLOCK[0],
    ...headers.map(facts => ownDefinitions(facts, core.types)),
    REQUESTS,
    openFunctions(),
    ...ioctls.map(ioctl => inlineCall(ioctl, core, true)),
    C_BLOCK[1],
    '#endif /* ACCEL_UAPI_DRM_H */\n',
  ].join('\n');
}

/** File name -> text, for these drivers and what they include. The same catalogue gives the same bytes. */
export function cHeaders(of: CoreOf, drivers: readonly DriverDescription[]): Map<string, string> {
  return new Map([
    [COMMON_HEADER, commonHeader()],
    [CORE_HEADER, coreHeader(of)],
    ...drivers.map((driver): [string, string] => [driverHeader(driver.name), headerOf(driver)]),
  ]);
}
