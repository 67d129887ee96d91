/** The bodies of the two pages; without JavaScript they say what to type instead. */
import { version } from '../../conformance/index.ts';
import { ABI_NAMES, modelledDrivers } from '../../schemas/index.ts';
import { html } from '../site/html.ts';
import type { Page } from '../site/page.ts';

function decoder(): Page {
  const body = html`<h1>Decode</h1>
<p>What a request number, the bytes of an argument or a line of strace means, for every driver of the collection. Nothing leaves this page.</p>
<form class="tool">
<label for="text">A number, a macro, a number and bytes in hex, or a line of strace</label>
<input id="text" name="text" autocomplete="off" spellcheck="false" placeholder="0xc0106440">
<label for="abi">ABI of the program</label>
<select id="abi"><option value="">any</option>${ABI_NAMES.map(name => html`<option>${name}</option>`)}</select>
<button>Decode</button>
</form>
<h2 id="answer">Answer</h2>
<pre id="result" role="status" tabindex="0" aria-labelledby="answer"></pre>
<noscript><p>This page needs JavaScript. On a terminal: <code>accel-uapi decode 0xc0106440</code></p></noscript>
<script src="/tools/decode.js" type="module"></script>`;
  return { path: 'decode', title: 'Decode', section: 'Decode', body };
}

function run(): Page {
  const drivers = modelledDrivers().map(
    ({ name }) => html`<option${name === 'ethosu' ? html` selected` : html``}>${name}</option>`,
  );
  const body = html`<h1>Run the kit</h1>
<p>The kit itself, on the in-process reference of a driver: the same programs, judge and verdicts as on a device. A reference that agrees with the specification proves nothing about a kernel; one with a fault shows what the kit notices.</p>
<form class="tool" data-version="${version}" data-worker="/tools/worker.js">
<label for="driver">Driver</label><select id="driver">${drivers}</select>
<label for="mutant">With the fault, if any (<code>accel-uapi list mutants</code>)</label>
<input id="mutant" autocomplete="off" spellcheck="false" placeholder="node.gpu-major">
<label for="select">Clauses</label><input id="select" autocomplete="off" spellcheck="false" placeholder="all">
<label for="seed">Seed</label><input id="seed" type="number" min="0" value="1">
<span><button>Run</button> <button type="button" id="stop" disabled>Stop</button></span>
</form>
<p id="told" role="status"></p>
<h2 id="heading">Report</h2>
<pre id="report" tabindex="0" aria-labelledby="heading"></pre>
<p><a id="keep" href="#report" download="run.jsonl" hidden>Keep the whole run, an event a line</a></p>
<noscript><p>This page needs JavaScript. On a terminal: <code>accel-uapi validate reference:ethosu</code></p></noscript>
<script src="/tools/run.js" type="module"></script>`;
  return { path: 'run', title: 'Run the kit', section: 'Run the kit', body };
}

export function toolPages(): Page[] {
  return [decoder(), run()];
}
