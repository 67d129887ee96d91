/** The options of `accel-uapi replay`. */
import { type Command, Option } from 'commander';
import type { ReplayFlags } from './replay.ts';

export function addReplay(
  program: Command,
  act: (run: () => Promise<number> | number) => Promise<void>,
  write: (text: string) => void,
): void {
  program
    .command('replay')
    .description(
      'run the program of a kept trace again: FIXED, STILL, DIFFERENT or FLAKY; SAME for what record wrote',
    )
    .argument('<trace>', 'a file that validate --traces DIR or record wrote')
    .argument('[target]', 'where to run it; without one, the target that the trace comes from')
    .option('--runs <number>', 'how often', '3')
    .option(
      '--shrink <file>',
      'of a recording that ends in another way: write the smallest part that does so',
    )
    .option('--c', 'print a C program that makes the same calls, and run nothing')
    .option('--igt', 'print a test of igt-gpu-tools that asserts what was expected, and run nothing')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      '\nExit status: 0 FIXED or SAME, 1 STILL, DIFFERENT or FLAKY, 2 wrong usage, 4 the link failed.\n\nExample:\n  $ accel-uapi replay traces/handle.zero@DRM_IOCTL_GEM_CLOSE.handle.json qemu:ethosu\n  $ accel-uapi replay job.json qemu:ethosu --shrink small.json',
    )
    .action((trace: string, target: string | undefined, flags: ReplayFlags) =>
      act(async () => (await import('./replay.ts')).runReplay(trace, target, flags, write)),
    );
}
