/** `accel-uapi gate`: whether a driver brings all that it has to, or what a driver of the collection has. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { catalogue } from '../../schemas/index.ts';
import type { Finding } from '../gate/finding.ts';
import { kindOf } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';
import { nearest } from './nearest.ts';

export interface GateFlags {
  readonly init?: string;
  readonly kernel?: string;
  readonly model?: boolean;
  readonly include: string;
  readonly format?: 'pretty' | 'json';
}

export async function runGate(
  word: string,
  flags: GateFlags,
  write: (text: string) => void,
): Promise<number> {
  if (flags.init !== undefined) {
    const { initSubmission } = await import('../gate/init.ts');
    const kernel = flags.kernel ?? catalogue().core.manifest.kernel;
    await initSubmission(word, flags.init, { kernel, include: flags.include }, write);
    return 0;
  }
  if (flags.kernel !== undefined)
    throw new UsageError('--kernel goes with --init: a submission names its kernel itself');
  const findings = await look(word, flags);
  const refused = findings.filter(({ outcome }) => outcome === 'refused');
  if (flags.format === 'json')
    write(`${JSON.stringify({ gate: word, passes: refused.length === 0, findings }, null, 2)}\n`);
  else {
    const { gatePretty } = await import('../gate/print.ts');
    gatePretty(findings, write);
    const open = findings.filter(({ outcome }) => outcome === 'not looked at').length;
    write(
      refused.length > 0
        ? `${word} is refused: ${refused.map(({ check }) => check).join(', ')}\n`
        : open > 0
          ? `${word}: nothing is refused, ${open} checks need a submission\n`
          : `${word} passes${flags.model ? ' (--model: no kernel is asked for)' : ''}\n`,
    );
  }
  return refused.length > 0 ? 1 : 0;
}

async function look(word: string, flags: GateFlags): Promise<readonly Finding[]> {
  const { drivers } = catalogue();
  if (kindOf(word) === 'folder')
    return (await import('../gate/gate.ts')).gate(word, {
      model: flags.model === true,
      include: flags.include,
    });
  const driver = drivers.get(word);
  if (!driver)
    throw new UsageError(
      `${word} is neither the folder of a submission nor a driver of the collection${nearest(word, [...drivers.keys()])}`,
    );
  const header = join(flags.include, driver.facts.header);
  if (kindOf(header) !== 'file')
    throw new UsageError(
      `there is no ${header}; name the folder that holds ${driver.facts.header} of Linux ${driver.facts.kernel} with --include`,
    );
  return (await import('../gate/upstream.ts')).gateDriver(word, header, flags.include);
}

/** The command, for the command line. */
export function addGate(
  program: Command,
  act: (run: () => Promise<number>) => Promise<void>,
  write: (text: string) => void,
): void {
  program
    .command('gate')
    .description(
      'check that a driver brings all that it has to: header, description, library, documents, tests, claim',
    )
    .argument('<what>', 'the folder of a submission, or the name of a driver of the collection')
    .option('--init <header>', 'make the folder, with everything that a header gives')
    .option('--kernel <release>', 'with --init: the release that the header is of')
    .option('--model', 'a claim that met a model only is enough')
    .option(
      '--include <dir>',
      "the folder that holds drm/drm.h, and for a driver's name its header",
      '/usr/include',
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      '\nIt runs the commands that build and test the library: look at them first. A claim of a target exec: met a kernel by\nthe word of that program alone.\n\nExit status: 0 nothing is refused, 1 something is, 2 wrong usage.\n\nExample:\n  $ accel-uapi gate new-driver --init include/uapi/drm/new_accel.h\n  $ accel-uapi gate new-driver',
    )
    .action((what: string, flags: GateFlags) => act(() => runGate(what, flags, write)));
}
