/** Drivers: what is described of each, its ioctls, structs, constants and deviations. */
import type { DriverDescription } from '../../../schemas/index.ts';
import { code, type Html, html, slug, table } from '../html.ts';
import type { Page } from '../page.ts';
import { ioctlAddress, structAddress } from '../places.ts';
import { callPages } from './calls.ts';
import { structTables } from './layout.ts';
import { netlinkAddress, netlinkNames } from './netlink.ts';

const LEVELS = {
  L0: 'the core only',
  L1: 'the header: types, numbers, constants',
  L2: 'what each field means',
  L3: 'every check, in order, with its errno and source',
} as const;

function ioctlRows(driver: DriverDescription): (Html | string)[][] {
  return driver.facts.ioctls.flatMap(({ name, since }) => {
    const call = driver.calls.get(name);
    if (driver.name === 'drm' && !call) return [];
    return [
      [
        html`<a href="${ioctlAddress(driver.name, name)}">${name}</a>`,
        call?.semantics.summary ?? 'argument only',
        since ?? '',
      ],
    ];
  });
}

function deviations({ deviations: all }: DriverDescription): Html {
  if (all.length === 0) return html``;
  const rows = all.map(({ id, clause, does, source }) => [
    html`<span id="${slug(id)}">${code(id)}</span>`,
    html`<a class="id" href="/clauses/${clause}/">${clause}</a>`,
    does,
    code(source),
  ]);
  return html`<h2 id="deviations">What the stock driver does otherwise</h2>${table('Recorded deviations', ['id', 'clause', 'does', 'source'], rows)}`;
}

function constants({ facts }: DriverDescription): Html {
  const groups = [
    ...facts.enums.map(({ name, members }) => ({ name: name ?? 'without a name', members })),
    ...(facts.constants.length > 0 ? [{ name: 'macros', members: facts.constants }] : []),
  ];
  return html`<h2 id="constants">Constants</h2>${groups.map(({ name, members }) => {
    const rows = members.map(each => [
      html`<span id="${each.name}">${code(each.name)}</span>`,
      code(String(each.value)),
      each.since ?? '',
    ]);
    return html`<details><summary>${name}: ${members.length}</summary>${table(`Constants of ${name}`, ['name', 'value', 'since'], rows)}</details>`;
  })}`;
}

function driverPage(driver: DriverDescription): Page {
  const { name, manifest, facts } = driver;
  const level = name === 'drm' ? '' : `${manifest.level} - ${LEVELS[manifest.level]}`;
  const structs = facts.types.map(
    type => html`<li><a href="${structAddress(name, type.name)}">${type.name}</a></li>`,
  );
  const body = html`<h1>${name === 'drm' ? 'The DRM core on an accel node' : name}</h1>
<dl><dt>Header</dt><dd>${code(facts.header)} of Linux ${facts.kernel}</dd>
${level === '' ? html`` : html`<dt>Described</dt><dd>${level}</dd>`}</dl>
<h2 id="ioctls">Ioctls</h2>${table(`Ioctls of ${name}`, ['ioctl', 'what it does', 'since'], ioctlRows(driver))}
${deviations(driver)}
<h2 id="structs">Structs and unions</h2><ul class="names">${structs}</ul>
${constants(driver)}`;
  return { path: `drivers/${name}`, title: name, section: 'Drivers', body };
}

function structPage({ name, types }: DriverDescription, struct: string): Page {
  const body = html`<p class="above"><a href="/drivers/${name}/">${name}</a></p>
<h1>${struct}</h1>${structTables(types, struct, () => undefined, 2)}`;
  return { path: structAddress(name, struct).slice(1, -1), title: struct, section: 'Drivers', body };
}

export function driverPages(drivers: readonly DriverDescription[]): Page[] {
  const rows = drivers.map(({ name, manifest, facts }) => [
    html`<a href="/drivers/${name}/">${name}</a>`,
    name === 'drm' ? 'what an accel node has of the core' : LEVELS[manifest.level],
    facts.ioctls.length,
    facts.types.length,
  ]);
  const list = html`<h1>Drivers</h1>${table('Drivers of the collection', ['driver', 'described', 'ioctls', 'structs'], rows)}
<h2 id="netlink">Services over netlink</h2><ul>${netlinkNames().map(name => html`<li><a href="${netlinkAddress(name)}">${name}</a></li>`)}</ul>`;
  return [
    { path: 'drivers', title: 'Drivers', section: 'Drivers', body: list },
    ...drivers.flatMap(driver => [
      driverPage(driver),
      ...callPages(driver),
      ...driver.facts.types.map(({ name }) => structPage(driver, name)),
    ]),
  ];
}
