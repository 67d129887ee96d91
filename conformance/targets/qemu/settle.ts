/** Programs that end only when the driver is through with their jobs. */
import type { DeviceMood, Link, Program, Step } from '../../../schemas/index.ts';
import type { Settling } from './machine.ts';

/** Type and number of a request (include/uapi/asm-generic/ioctl.h:23-31): without its direction and size. */
const COMMAND = 0xffffn;

const DEADLINE_MS = 10_000;

const submits = ({ submit }: Settling, { steps }: Program) =>
  steps.some(
    ({ op, args }) =>
      op === 'ioctl' && args[1]?.kind === 'const' && (args[1].value & COMMAND) === BigInt(submit),
  );

/** The link, whose programs sleep at their end when they have submitted jobs. Nobody sees that step. */
export function settled(link: Link, settling: Settling): Link {
  const [run, device] = [link.run.bind(link), link.device?.bind(link)];
  let mood: DeviceMood = 'complete';
  return Object.assign(link, {
    async device(wanted: DeviceMood) {
      await device?.(wanted);
      mood = wanted;
    },
    async run(...[program, onEvent, how]: Parameters<Link['run']>) {
      if (!submits(settling, program)) return run(program, onEvent, how);
      const last = program.steps.length;
      const args = [
        { kind: 'const', value: BigInt(mood === 'complete' ? settling.ms : settling.watchdogMs) },
      ] as const;
      const sleep: Step = { op: 'sleep', args, deadline: DEADLINE_MS };
      const seen: typeof onEvent =
        onEvent && (event => ('text' in event || event.step !== last ? onEvent(event) : undefined));
      const trace = await run({ ...program, steps: [...program.steps, sleep] }, seen, how);
      return { ...trace, program, results: trace.results.slice(0, last) };
    },
  });
}
