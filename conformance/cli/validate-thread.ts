/** One thread of a run of several targets: it is told of one after the other, until nobody wants more of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { reportAs } from './formats.ts';
import { explainError } from './validate.ts';
import { optionsOf } from './validate-flags.ts';
import { validateTarget } from './validate-target.ts';
import type { FromThread, ThreadData, ToThread } from './validate-threads.ts';

/** Characters of a report that are sent at a time. */
const CHUNK = 0x10000;

const port = parentPort!;
const { names, targets, flags, format, screen, interrupted } = workerData as ThreadData;
const say = (message: FromThread) => port.postMessage(message);
const interrupt = {
  get aborted() {
    return Atomics.load(interrupted, 0) !== 0;
  },
};

async function work(place: number): Promise<void> {
  let text = '';
  const send = () => {
    if (text !== '') say({ kind: 'text', place, text });
    text = '';
  };
  const report = reportAs(
    format,
    {
      write: line => {
        text += line;
        if (text.length >= CHUNK) send();
      },
    },
    screen,
  );
  try {
    const options = await optionsOf(flags, names, targets);
    const { status } = await validateTarget(targets[place]!, flags, options, interrupt, report);
    send();
    say({ kind: 'end', place, status });
  } catch (error) {
    send();
    const { message, stack } = error as Error;
    say({ kind: 'failed', place, explained: explainError(error), message, stack });
  }
}

port.on('message', async (place: ToThread) => {
  await work(place);
  say({ kind: 'ready' });
});
say({ kind: 'ready' });
