/** The first page. */
import type { DriverDescription } from '../../../schemas/index.ts';
import { chapters, clauses, silences } from '../../../spec/index.ts';
import { html } from '../html.ts';
import type { Page } from '../page.ts';

export function homePage(drivers: readonly DriverDescription[], findings: number): Page {
  const body = html`<h1>The Linux accel uAPI, specified</h1>
<p class="lead">What a driver of a compute accelerator (${html`<code>/dev/accel/accelN</code>`}) has to do, as clauses that a kit checks and a driver's author can argue from.</p>
<ul class="cards">
<li><a href="/spec/">The specification</a><br>${chapters.length} chapters: from the node to the claims a driver may make.</li>
<li><a href="/clauses/">${clauses.length} clauses</a><br>Each with its reason, its source, what tests it, and what real kernels did.</li>
<li><a href="/drivers/">${drivers.length - 1} drivers and the core</a><br>Every ioctl, struct and constant, byte by byte on five ABIs.</li>
<li><a href="/verdicts/">Verdicts</a><br>What the kit found, and whether a kernel was met.</li>
<li><a href="/gate/">The gate</a><br>What a new driver has to bring, and what the drivers of Linux have of it.</li>
<li><a href="/silences/">${silences.length} silences</a><br>Questions that documents leave open, and what each driver does.</li>
<li><a href="/findings/">${findings} findings</a><br>Defects of released kernels, each with a program of a few steps.</li>
</ul>
<h2 id="find">Find a name</h2>
<form class="find" role="search" action="/names/">
<label for="q">An ioctl, a struct, an errno, a constant, a clause</label>
<input id="q" name="q" type="search" autocomplete="off" spellcheck="false"><button>Find</button>
</form>
<h2 id="kit">Check a driver</h2>
<pre tabindex="0"><code>npm ci && npm start                       # the reference drivers
accel-uapi validate /dev/accel/accel0     # this machine's device
accel-uapi explain handle.closed          # a clause, on the terminal</code></pre>`;
  return { path: '', title: '', section: '', body };
}
