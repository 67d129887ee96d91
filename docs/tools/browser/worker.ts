/** Runs the kit on a reference, away from the page. */
import {
  openReference,
  parseTarget,
  prettyReport,
  Selection,
  type StreamEvent,
  TargetError,
  UsageError,
  validate,
} from '../../../conformance/browser.ts';
import type { Said, Wanted } from './messages.ts';

const WIDTH = 80;
/** Steps between two words about the progress. */
const EVERY = 200;

const say = (message: Said) => postMessage(message);

async function run({ target: text, seed, select, runs, version }: Wanted): Promise<void> {
  const name = parseTarget(text);
  if (name.kind !== 'reference')
    throw new UsageError(`${text} is no reference; a browser reaches nothing else`);
  const target = await openReference(text, name);
  const lines: string[] = [];
  const parts: string[] = [];
  const pretty = prettyReport({ write: part => parts.push(part) }, { color: false, width: WIDTH });
  let planned = 0;
  let done = 0;
  const sink = (event: StreamEvent) => {
    pretty(event);
    lines.push(JSON.stringify(event));
    if (event.event === 'run') planned = event.plan.steps;
    if (event.event !== 'step') return;
    done += 1;
    if (done % EVERY === 0) say({ kind: 'progress', done, planned });
  };
  const options = { seed, runs, tier: 'reversible', requireMust: false, version } as const;
  const now = () => performance.now();
  const end = await validate(target, { ...options, now, select: new Selection(select || undefined) }, sink);
  say({ kind: 'done', report: parts.join(''), stream: `${lines.join('\n')}\n`, status: end.status });
}

addEventListener('message', ({ data }: MessageEvent<Wanted>) => {
  run(data).catch((error: unknown) => {
    if (error instanceof UsageError || error instanceof TargetError)
      say({ kind: 'refused', sentence: error.message });
    else throw error;
  });
});
