/** What the gate says of the drivers that Linux has: what each would have to bring today. */
import { GATE_CHECKS } from '../../../conformance/index.ts';
import type { GateResults } from '../../../schemas/index.ts';
import { code, html, table } from '../html.ts';
import type { Page } from '../page.ts';

export function gatePage({ kernel, drivers }: GateResults): Page {
  const looked = GATE_CHECKS.filter(({ name }) =>
    drivers.some(({ checks }) => checks.some(({ check }) => check === name)),
  );
  const rows = drivers.map(({ driver, items, bare, checks }) => [
    html`<a href="/drivers/${driver}/">${driver}</a>`,
    ...looked.map(({ name }) => {
      const found = checks.find(({ check }) => check === name);
      if (!found) return '';
      return found.outcome === 'passed'
        ? html`<span class="v-conforms">ok</span>`
        : html`<span class="v-violates">refused (${found.count})</span>`;
    }),
    `${bare} of ${items}`,
  ]);
  const parts = drivers.map(({ driver, checks }) => {
    const lines = checks.map(({ check, outcome, note, count, problems }) => {
      const shown = problems.map(problem => html`<li>${problem}</li>`);
      const more = count > problems.length ? html`<li>and ${count - problems.length} more</li>` : html``;
      return outcome === 'passed'
        ? html`<li>${check}: ${note}</li>`
        : html`<li>${check}, refused: <ul>${shown}${more}</ul></li>`;
    });
    return html`<h2 id="${driver}">${driver}</h2><ul>${lines}</ul>`;
  });
  const asks = looked.map(({ name, asks: what }) => [name, what]);
  const body = html`<h1>The gate</h1>
<p>A new driver has to bring a commented header, an open library and more: ${code('accel-uapi gate DIR')} <a href="/guides/gate/">looks at all of it</a>. What of it can be looked at without a submission, for the drivers of Linux ${kernel}, as ${code('accel-uapi gate NAME')} says it. A description that is not there yet, or gives the header alone, is this collection's lack and not the driver's.</p>
${table('What the gate says of each driver', ['driver', ...looked.map(({ name }) => name), 'items without a comment'], rows)}
${table('What each check asks for', ['check', 'asks for'], asks)}
${parts}`;
  return { path: 'gate', title: 'The gate', section: 'Verdicts', body };
}
