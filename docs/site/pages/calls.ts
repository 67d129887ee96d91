/** A page for every ioctl: its numbers, its argument, and what it checks and does, in order. */
import { bodyLines, numbersText, WAYS } from '../../../conformance/index.ts';
import {
  type CallDescription,
  type CheckRule,
  checks,
  type DriverDescription,
  type IoctlFact,
} from '../../../schemas/index.ts';
import { code, type Html, html, table } from '../html.ts';
import type { Page } from '../page.ts';
import { checkAnchor, ioctlAddress, structAddress } from '../places.ts';
import { structTables } from './layout.ts';

function checkRow(check: CheckRule): (Html | string)[] {
  const { clause, basis, source, evidence, note } = check;
  const name = html`<span id="${checkAnchor(check.check)}">${code(check.check)}</span>`;
  return [
    name,
    code(check.errno),
    html`<a class="id" href="/clauses/${clause}/">${clause}</a>`,
    `${basis}${evidence ? `, ${evidence}` : ''}`,
    code(source),
    note ?? '',
  ];
}

/** The body in English, its depth kept. */
function english(call: CallDescription): Html {
  const lines = bodyLines(call.semantics.body, 0);
  return html`<ol class="body">${lines.map(line => {
    const depth = (line.length - line.trimStart().length) / 2;
    return html`<li style="--depth:${depth}">${line.trim()}</li>`;
  })}</ol>`;
}

function described(call: CallDescription): Html {
  const rules = checks(call.semantics.body);
  const { environmental = [] } = call.semantics;
  const may =
    environmental.length > 0
      ? html`<p>The state of the machine may also cause ${environmental.map((errno, at) => [at > 0 ? ', ' : '', code(errno)])}.</p>`
      : html``;
  const list =
    rules.length > 0
      ? table(
          'Checks in their order',
          ['check', 'errno', 'clause', 'basis', 'source', 'note'],
          rules.map(checkRow),
        )
      : html`<p>It refuses nothing.</p>`;
  return html`<h2 id="body">What it checks and does, in this order</h2>${english(call)}
<h2 id="checks">Checks</h2>${list}${may}`;
}

function argument(
  driver: DriverDescription,
  owner: string,
  ioctl: IoctlFact,
  call: CallDescription | undefined,
): Html {
  const type = ioctl.argument;
  if (type === null) return html`<h2 id="argument">Argument</h2><p>None.</p>`;
  if (!('named' in type)) return html`<h2 id="argument">Argument</h2><p>A single number.</p>`;
  const note = (path: string) => {
    const role = call?.semantics.fields[path];
    return (
      role &&
      [role.direction, role.role, 'unit' in role ? role.unit : undefined, role.note]
        .filter(Boolean)
        .join(', ')
    );
  };
  const own = driver.facts.types.some(({ name }) => name === type.named);
  const name = own
    ? html`<a href="${structAddress(owner, type.named)}">${code(type.named)}</a>`
    : code(type.named);
  return html`<h2 id="argument">Argument</h2><p>${name}</p>${structTables(driver.types, type.named, note, 3)}`;
}

/** Pages of the ioctls that the owner's header defines, described or not. */
export function callPages(driver: DriverDescription): Page[] {
  const owner = driver.name;
  return driver.facts.ioctls.flatMap(ioctl => {
    const call = driver.calls.get(ioctl.name);
    if (owner === 'drm' && !call) return [];
    const path = ioctlAddress(owner, ioctl.name).slice(1, -1);
    const body = html`<p class="above"><a href="/drivers/${owner}/">${owner}</a></p>
<h1>${ioctl.name}</h1>
<p>${call ? call.semantics.summary : 'Only its argument is described so far.'}</p>
${ioctl.since ? html`<p>Since Linux ${ioctl.since}.</p>` : html``}
<p>Request ${numbersText(driver, ioctl)}, ${WAYS[ioctl.direction]}.</p>
${argument(driver, owner, ioctl, call)}
${call ? described(call) : html``}`;
    return [{ path, title: ioctl.name, section: 'Drivers', body }];
  });
}
