/** Every lie of `liar.ts`: the link notices it, and the run ends as the kit's trouble. Runs the fake in dist. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explainError } from '../cli/validate.ts';
import type { EndEvent, StreamEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import { openTarget } from '../targets/open.ts';
import { fake } from './paths.ts';

const LIES: Record<string, RegExp> = {
  'hello-crc': /frame 1 .* has checksum/,
  'hello-magic': /expected a frame/,
  'frame-version': /speaks version 2 of the protocol/,
  'hello-version': /speaks version 2 of the protocol/,
  'hello-abi': /ABI 99 is unknown/,
  'hello-page-size': /a page has 0 bytes/,
  'hello-release-length': /ends within its release/,
  'hello-short': /shorter than its 48 fixed bytes/,
  'hello-error': /refuses to work: no \/dev\/kmsg \| \\x1b\[2Jno fun/,
  'hello-twice': /sent hello unasked/,
  'absurd-length': /announced a frame of 4294967295 bytes/,
  // Whether it is already asked by then is a matter of time.
  unasked: /sent result unasked|result of step 0 where the end was expected/,
  'result-crc': /frame 2 .* has checksum/,
  'result-length': /announced a frame of 4294967295 bytes/,
  'frame-type': /frame type 77 is unknown/,
  'no-such-step': /the result of step 1 where step 0 was expected/,
  'far-step': /the result of step 2147483647 where step 0 was expected/,
  'two-results': /the result of step 0 where the end was expected/,
  'skipped-step': /complete after 0 of its 1 steps/,
  'early-end': /complete after 0 of its 1 steps/,
  'cut-end': /cut a program after 0 of its 1 steps, but no step says why/,
  'end-status': /status of a program 9 is unknown/,
  'result-status': /status of a step 9 is unknown/,
  'other-program': /sent result of program 7 while program 0 runs/,
  'diff-outside': /a difference in buffer 0 at .* of 16 bytes, but the buffer has/,
  'diff-no-buffer': /a difference in buffer \d+, which does not exist/,
  'after-end': /sent result (unasked|of program 0 while program 1 runs)/,
  refuses: /refused a program: there is no memory/,
  'refuses-late': /refused a program of which it had run a part/,
  'log-unannounced': /though its HELLO says that there is none/,
};

const options: ValidateOptions = {
  seed: 1,
  runs: 2,
  tier: 'reversible',
  select: new Selection(undefined),
  requireMust: false,
  version: '0',
  now: () => 0,
};

/** Exit status of a run, what it says, and the verdicts that blame the driver. */
async function run(command: string): Promise<{ status: number; said: string; blamed: StreamEvent[] }> {
  const blamed: StreamEvent[] = [];
  const sink = (event: StreamEvent) => {
    if (event.event === 'verdict' && event.verdict === 'violates') blamed.push(event);
  };
  let end: EndEvent;
  try {
    const target = await openTarget(`exec:${command}`);
    try {
      end = await validate(target, options, sink);
    } finally {
      await target.close();
    }
  } catch (error) {
    const known = explainError(error);
    if (!known) throw error;
    return { status: known.status, said: known.sentence, blamed };
  }
  return { status: end.status, said: end.reason, blamed };
}

for (const [lie, sentence] of Object.entries(LIES)) {
  test(lie, async () => {
    const { status, said, blamed } = await run(fake('liar', lie));
    assert.match(said, sentence);
    assert.not.match(said, /\n/);
    assert.is(status, 4);
    assert.equal(blamed, []);
  });
}

test.run();
