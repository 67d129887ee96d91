/**
 * The reference behind the protocol, for tests of the command line: `node served-reference.js [OP=ERRNO|NUMBER ...]`.
 * An operation that is named answers so instead; `pause` waits before every program, so that a run can be interrupted.
 */
import { createReference } from '../../../reference/index.ts';
import { catalogue, errnoNumber, protocol, protocolCodec, type StepResult } from '../../../schemas/index.ts';

const PAUSE_MS = 50;

const answers = new Map(process.argv.slice(2).map(word => word.split('=') as [string, string]));
const driver = catalogue().drivers.get('ethosu')!;
const link = createReference({ driver, profile: 'u65', abi: 'x86_64' });
const codec = protocolCodec(protocol);
const reader = codec.reader('the kit');
const send = (message: Parameters<typeof codec.encode>[0]) => process.stdout.write(codec.encode(message));

function answered(result: StepResult, op: string): StepResult {
  const answer = answers.get(op);
  if (answer === undefined) return result;
  const failed = answer.startsWith('E');
  return {
    ...result,
    ret: failed ? -1n : BigInt(answer),
    errno: failed ? errnoNumber(answer) : 0,
    diffs: [],
    hashes: [],
  };
}

send({ type: 'hello', hello: link.hello });
process.stdout.on('error', () => process.exit(0));
let work = Promise.resolve();
process.stdin.on('data', chunk => {
  for (const message of reader.push(chunk)) {
    if (message.type === 'bye') process.exit(0);
    if (message.type !== 'program') continue;
    const { number, program } = message;
    work = work.then(async () => {
      if (answers.has('pause')) await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
      const trace = await link.run(program);
      for (const result of trace.results)
        send({ type: 'result', number, result: answered(result, program.steps[result.step]!.op) });
      for (const record of trace.log) send({ type: 'log', number, record });
      send({ type: 'end', number, end: trace.end });
    });
  }
});
process.stdin.on('end', () => process.exit(0));
