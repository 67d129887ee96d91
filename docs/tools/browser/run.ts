/** The page that runs the kit on a reference, in a worker. */
import type { Said, Wanted } from './messages.ts';

const field = <T extends HTMLElement>(id: string) => document.querySelector<T>(`#${id}`)!;
const form = document.querySelector('form')!;
const told = field('told');
const report = field('report');
const stop = field<HTMLButtonElement>('stop');
const keep = field<HTMLAnchorElement>('keep');
const { version, worker: script } = form.dataset as { version: string; worker: string };

let worker: Worker | undefined;

function finish(sentence: string): void {
  worker?.terminate();
  worker = undefined;
  stop.disabled = true;
  told.textContent = sentence;
}

function hear(said: Said): void {
  if (said.kind === 'progress') {
    told.textContent = `${said.done} steps of about ${said.planned}`;
    return;
  }
  if (said.kind === 'refused') {
    finish(said.sentence);
    return;
  }
  report.textContent = said.report;
  keep.href = URL.createObjectURL(new Blob([said.stream], { type: 'application/jsonl' }));
  keep.hidden = false;
  finish(`Done, exit status ${said.status}.`);
}

form.addEventListener('submit', event => {
  event.preventDefault();
  finish('');
  report.textContent = '';
  keep.hidden = true;
  const mutant = field<HTMLInputElement>('mutant').value.trim();
  const wanted: Wanted = {
    target: `reference:${field<HTMLSelectElement>('driver').value}${mutant === '' ? '' : `,mutant=${mutant}`}`,
    seed: Number(field<HTMLInputElement>('seed').value),
    select: field<HTMLInputElement>('select').value.trim(),
    runs: 50,
    version,
  };
  worker = new Worker(new URL(script, location.href), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<Said>) => hear(data));
  worker.addEventListener('error', ({ message }) => finish(`The kit failed: ${message}`));
  worker.postMessage(wanted);
  stop.disabled = false;
  told.textContent = 'Planning.';
});

stop.addEventListener('click', () => finish('Stopped.'));
