/** Drivers and clauses: what each kept run came to. */
import type { Traced } from '../../../conformance/index.ts';
import type { VerdictFile } from '../../../schemas/index.ts';
import { code, type Html, html, table } from '../html.ts';
import type { Page } from '../page.ts';

const SHORT: Readonly<Record<string, string>> = {
  conforms: 'ok',
  'violates (known)': 'known',
  'not reached': 'not reached',
  'not claimed': 'not claimed',
};

const restsOn = ({ met }: VerdictFile) => (met === 'kernel' ? 'met a kernel' : 'model only');

/** Who answered stands above every column: a page of it alone tells what its verdicts rest on. */
function head(file: VerdictFile): Html {
  const { target, kernel, date } = file;
  return html`${target}<small>${kernel}</small><small>${date}</small><small>${restsOn(file)}</small>`;
}

export function verdictPage(files: readonly VerdictFile[], traced: readonly Traced[]): Page {
  const runs = files.map(file => [
    code(file.target),
    file.driver,
    file.kernel,
    file.abi,
    file.date,
    restsOn(file),
    file.kit,
  ]);
  const dynamic = traced.filter(({ observable }) => observable === 'dynamic');
  const rows = dynamic.map(({ id, level }) => [
    html`<a class="id" href="/clauses/${id}/">${id}</a><small>${level}</small>`,
    ...files.map(({ clauses }) => {
      const worst = clauses[id]?.worst;
      return worst === undefined
        ? ''
        : html`<span class="v-${worst.replace(/[^a-z]+/g, '-')}">${SHORT[worst] ?? worst}</span>`;
    }),
  ]);
  const body = html`<h1>Verdicts</h1>
<p>The worst verdict of each clause in runs that are kept. <em>Known</em> is a violation on record with its source line. Where nobody but a model answered, agreement proves nothing. An empty cell: that run did not ask.</p>
${table('Runs', ['target', 'driver', 'kernel', 'ABI', 'date', 'rests on', 'kit'], runs)}
<h2 id="matrix">Clauses by run</h2>
${table('Worst verdict of each clause', ['clause', ...files.map(head)], rows, 'matrix')}`;
  return { path: 'verdicts', title: 'Verdicts', section: 'Verdicts', body };
}
