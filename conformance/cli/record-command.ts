/** The options of `accel-uapi record`. */
import type { Command } from 'commander';
import type { RecordFlags } from './record.ts';

export function addRecord(
  program: Command,
  act: (run: () => Promise<number> | number) => Promise<void>,
  write: (text: string) => void,
): void {
  program
    .command('record')
    .description('record what a program does with accel and render nodes, as a trace that replays')
    .argument('[command...]', 'the program with its arguments, after --')
    .option('--out <file>', 'the trace', 'record.json')
    .option('--on <driver>', 'run it beside the reference of this driver, as run does')
    .option('--driver <name>', 'by which descriptions pointers are followed; without it by sysfs')
    .option('--mask <name...>', 'what is hidden: STRUCT, STRUCT.MEMBER or memory')
    .option('--events <file>', 'make the trace of events that a recording has left')
    .option('--trace <file>', 'cut a trace that record wrote, with --first and --last')
    .option('--first <number>', 'only from this call on, and the calls that it takes', '0')
    .option('--last <number>', 'only up to this call')
    .addHelpText(
      'after',
      '\nRecorded are open, ioctl, mmap, munmap, poll, read and close on the nodes and on files that come of them, and what is\nwritten through mappings; docs/guides/record.md says what is not. What could not be recorded is told on standard error.\n\nExit status: that of the command, 128 and the number of the signal that ended it; 2 wrong usage, 4 the kit failed.\n\nExample:\n  $ accel-uapi record --on ethosu --out job.json -- ./my-program\n  $ accel-uapi replay job.json reference:ethosu',
    )
    .action((command: string[], flags: RecordFlags) =>
      act(async () => (await import('./record.ts')).runRecord(command, flags, write)),
    );
}
