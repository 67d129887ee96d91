#!/usr/bin/env node
/** The command line: `accel-uapi COMMAND`. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { TIERS } from '../plan/case.ts';
import type { CompareFlags } from './compare.ts';
import type { DecodeFlags } from './decode.ts';
import type { DescribeFlags } from './describe.ts';
import type { DiffFlags } from './diff.ts';
import type { DoctorFlags } from './doctor.ts';
import type { ExtractFlags } from './extract.ts';
import { FORMATS } from './formats.ts';
import { addGate } from './gate.ts';
import type { GenerateFlags } from './generate.ts';
import type { LintFlags } from './lint.ts';
import { LIST_KINDS, type ListKind } from './list-kinds.ts';
import type { MutantsFlags } from './mutants.ts';
import { Output } from './output.ts';
import type { ProbeFlags } from './probe.ts';
import { addRecord } from './record-command.ts';
import { addReplay } from './replay-command.ts';
import type { ReportFlags } from './report.ts';
import type { ValidateFlags } from './validate-flags.ts';
import { version } from './version.ts';

const DEFAULT_SEED = '1';
/** Random programs of a plain run: enough to meet every call in many states, few enough for seconds. */
const DEFAULT_RUNS = '50';

function build(act: (run: () => Promise<number> | number) => Promise<void>): Command {
  const program = new Command('accel-uapi')
    .description('The Linux accel uAPI: its specification, and the kit that checks a driver against it.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'accel-uapi: ')) })
    .addHelpText(
      'after',
      '\nExample:\n  $ accel-uapi validate reference:ethosu\n\nExit status: 0 conforms, 1 a MUST is violated and not known, 2 wrong usage,\n3 nothing was reached or a MUST is unknown under --require must, 4 the kit or the link failed.',
    );
  const write = (text: string) => new Output(undefined).write(text);
  const width = Math.min(process.stdout.columns ?? 80, 110);

  program
    .command('validate')
    .description('check targets against the clauses; without a target every reference')
    .argument('[target...]', 'reference:DRIVER, /dev/accel/accelN, exec:COMMAND or qemu:NAME')
    .option('--select <query>', 'clauses to check: handle, handle.zero@DRM_IOCTL_*, !model, with commas')
    .option('--seed <number>', 'seed of every choice', DEFAULT_SEED)
    .option('--runs <number>', 'random programs', DEFAULT_RUNS)
    .option('--rounds <number>', 'rounds of each race on a kernel (default: 20)')
    .option('--budget <duration>', 'time for random programs instead of --runs, for example 60s')
    .addOption(new Option('--tier <tier>', 'how far the run may go').choices(TIERS).default('reversible'))
    .option('--profile <file>', 'device parameters that the device does not tell')
    .option(
      '--header <file>',
      'judge by this uAPI header (or its facts, .json) and the DRM core alone: level L1',
    )
    .option(
      '--descriptions <dir>',
      "descriptions of the driver in place of the collection's, as extract writes them",
    )
    .option('--shard <part>', 'only part I of N of the cases, for example 2/4')
    .addOption(new Option('--require <level>', 'end with 3 when a MUST is unknown').choices(['must']))
    .addOption(new Option('--format <format>', 'how to report').choices(FORMATS).default('pretty'))
    .option('--out <file>', 'write the report to a file')
    .option('--traces <dir>', 'keep the program of every difference, made small, for replay')
    .option(
      '--recorded <dir>',
      'traces that record wrote: they run too, with their neighbours, and their calls are good calls',
    )
    .option(
      '--claim <file>',
      'write what gate and report --verify take: the verdicts and the whole recording',
    )
    .option('--kernel <file>', 'for qemu: the kernel image to boot')
    .option('--module <file...>', 'for qemu: module files or a folder of modules')
    .addHelpText(
      'after',
      '\nA driver that the collection does not have is judged by what holds for every node (L0); with --header also by\nwhat its header gives (L1): short and long structs, directions, argument pointers, holes, numbers.\n\nExample:\n  $ accel-uapi validate qemu:ethosu --select handle --seed 7\n  $ accel-uapi validate /dev/accel/accel0 --header include/uapi/drm/new_accel.h',
    )
    .action((targets: string[], flags: ValidateFlags) =>
      act(async () => (await import('./validate.ts')).runValidate(targets, flags)),
    );

  addReplay(program, act, write);

  program
    .command('compare')
    .description('run the same programs on two targets and tell every call that differs, with its direction')
    .argument(
      '<target-a>',
      'what is held to be right: reference:DRIVER, /dev/accel/accelN, exec:COMMAND or qemu:NAME',
    )
    .argument('<target-b>', 'what is compared with it: another kernel, driver or module')
    .option(
      '--traces <dir>',
      'traces to run, each with its neighbours; without it what the descriptions generate',
    )
    .option('--seed <number>', 'seed of every choice', DEFAULT_SEED)
    .option('--runs <number>', 'random programs', DEFAULT_RUNS)
    .option('--select <query>', 'only the cases of these clauses, as for validate')
    .option('--out <dir>', 'keep every difference as a trace and as a C program')
    .option('--kernel-a <file>', 'for A = qemu: the kernel image to boot')
    .option('--kernel-b <file>', 'for B = qemu')
    .option('--module-a <file...>', 'for A = qemu: module files or a folder of modules')
    .option('--module-b <file...>', 'for B = qemu')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      '\nExit status, as git bisect run reads it: 0 no difference, 1 a difference, 125 a target could not be had\nor nothing can be told; 2 wrong usage.\n\nExample:\n  $ accel-uapi compare qemu:vgem-6.12 qemu:vgem --out differences',
    )
    .action((a: string, b: string, flags: CompareFlags) =>
      act(async () =>
        (await import('./compare.ts')).runCompare(a, b, flags, write, text => process.stderr.write(text)),
      ),
    );

  program
    .command('probe')
    .description('find what a target refuses although its description does not say so, and propose checks')
    .argument('<target>', 'reference:DRIVER, /dev/accel/accelN, exec:COMMAND or qemu:NAME')
    .option(
      '--descriptions <dir>',
      "descriptions of the driver in place of the collection's, as extract writes them",
    )
    .option('--seed <number>', 'seed of every choice', DEFAULT_SEED)
    .addOption(new Option('--format <format>', 'how to print').choices(['yaml', 'json']))
    .addHelpText(
      'after',
      '\nOne member of a good call is changed at a time. A proposed check has the basis code and the evidence seen; which\ncheck comes first when two are broken it cannot tell.\n\nExample:\n  $ accel-uapi probe /dev/accel/accel0 --descriptions new > checks.yaml',
    )
    .action((target: string, flags: ProbeFlags) =>
      act(async () => (await import('./probe.ts')).runProbe(target, flags, write)),
    );

  program
    .command('mutants')
    .description('try the kit on references with one fault each, and tell which clauses notice')
    .option('--driver <name>', 'only the mutants of this driver')
    .option('--select <query>', 'only these classes of faults, and those that must die by these clauses')
    .option('--seed <number>', 'seed of every choice', DEFAULT_SEED)
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .option('--out <file>', 'write the matrix to a file')
    .addHelpText(
      'after',
      '\nExit status: 0 every mutant that counts is killed, 1 one survives, 2 wrong usage.\n\nExample:\n  $ accel-uapi mutants --driver vgem --select C05,reserved',
    )
    .action((flags: MutantsFlags) => act(async () => (await import('./mutants.ts')).runMutants(flags)));

  program
    .command('report')
    .description('print the stream of an earlier run another way')
    .argument('<stream>', 'a file that validate --format jsonl wrote; with --verify a claim')
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('pretty'))
    .option('--out <file>', 'write the report to a file')
    .option('--verify', 'judge a claim again, offline, from its recording')
    .option('--descriptions <dir>', 'with --verify: descriptions of the driver, as validate was told')
    .addHelpText(
      'after',
      '\nExample:\n  $ accel-uapi report run.jsonl --format ktap\n  $ accel-uapi report --verify claim.json',
    )
    .action((stream: string, options: ReportFlags) =>
      act(async () =>
        options.verify
          ? (await import('./verify.ts')).runVerify(stream, options, write)
          : (await import('./report.ts')).runReport(stream, options),
      ),
    );

  addGate(program, act, write);

  program
    .command('list')
    .description(
      'list clauses, drivers, targets, deviations, mutants, the errnos of calls (cells), what no document settles (silences), or what tests each clause (traceability)',
    )
    .addArgument(new Argument('[what]', 'what to list').choices([...LIST_KINDS]).default('clauses'))
    .option('--select <query>', 'only these clauses')
    .option('--driver <name>', 'with cells: only of this driver')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText('after', '\nExample:\n  $ accel-uapi list mutants')
    .action((what: ListKind, options: { select?: string; driver?: string; format?: 'pretty' | 'json' }) =>
      act(async () =>
        what === 'traceability'
          ? (await import('./traceability.ts')).runTraceability(options, write)
          : (await import('./list.ts')).runList(what, options, write),
      ),
    );

  program
    .command('explain')
    .description('explain a clause, a silence, a rule, a deviation, a mutant or a rule of lint or diff')
    .argument('<id>', 'for example handle.closed or ethosu.bo_create.flags-unknown')
    .addHelpText('after', '\nExample:\n  $ accel-uapi explain ethosu.dev_query.size-copied')
    .action((id: string) => act(async () => (await import('./explain.ts')).runExplain(id, width, write)));

  program
    .command('lint')
    .description('look for what is wrong with an interface, whatever a driver does')
    .argument(
      '[path...]',
      'a header, facts, a folder of descriptions or a driver; without one the collection',
    )
    .option('--waivers <file>', "what is accepted, instead of the collection's own")
    .option('--include <dir...>', 'where headers that a header includes are looked for first')
    .option('--rules', 'list the rules')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      '\nExit status: 0 no error is left, 1 an error is left or a waiver is not needed, 2 wrong usage.\n\nExample:\n  $ accel-uapi lint include/uapi/drm/ivpu_accel.h',
    )
    .action((paths: string[], flags: LintFlags) =>
      act(async () => (await import('./lint.ts')).runLint(paths, flags, write)),
    );

  program
    .command('diff')
    .description('say what changed between two versions of an interface, and who is hurt')
    .argument('[old]', 'a header, a folder of headers, facts, descriptions or a netlink specification')
    .argument('[new]', 'the same of the newer version')
    .option('--waivers <file>', 'changes that are accepted, each with its reason')
    .option('--breaking', 'only what hurts')
    .option('--rules', 'list the rules; explain ID tells more')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      '\nExit status: 0 nothing breaks, 1 something does or a waiver is not needed, 2 wrong usage.\n\nExample:\n  $ accel-uapi diff old/include/uapi/drm/ivpu_accel.h include/uapi/drm/ivpu_accel.h',
    )
    .action((before: string | undefined, after: string | undefined, flags: DiffFlags) =>
      act(async () => (await import('./diff.ts')).runDiff({ old: before, new: after }, flags, write)),
    );

  program
    .command('doctor')
    .description('say what this machine can do, and what would bring in the rest')
    .argument('[target]', 'a target: whether it can be opened here, and what a run would not reach there')
    .addOption(new Option('--tier <tier>', 'how far the run would go').choices(TIERS).default('reversible'))
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      '\nExit status: 0 all that the target takes is here, 2 wrong usage, 3 something is missing.\n\nExample:\n  $ accel-uapi doctor qemu:ethosu',
    )
    .action((target: string | undefined, flags: DoctorFlags) =>
      act(async () => (await import('./doctor.ts')).runDoctor(target, flags, write)),
    );

  program
    .command('describe')
    .description(
      'print a driver, a call, a struct, an enum or a constant, a netlink family, or what a node shows',
    )
    .argument(
      '<name[.part]>',
      'for example ethosu.bo_create, drm.drm_gem_close, devlink.flash-update, sysfs, fdinfo or uevents',
    )
    .option('--abi <name>', 'layouts and numbers of this ABI only, for example i386')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText('after', '\nExample:\n  $ accel-uapi describe ethosu.bo_wait')
    .action((name: string, flags: DescribeFlags) =>
      act(async () => (await import('./describe.ts')).runDescribe(name, flags, width, write)),
    );

  program
    .command('decode')
    .description('say what a request number, the bytes of an argument or a line of strace means')
    .argument(
      '<text...>',
      'a number, a macro or a name of a request, bytes in hex after it, a line of strace, or - for many lines on standard input',
    )
    .option('--driver <name>', 'the driver whose node it is, by its name in the collection')
    .option('--abi <name>', 'the ABI of the program, for example i386')
    .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']))
    .addHelpText(
      'after',
      `\nExamples:\n  $ accel-uapi decode 0xc0106440 --driver ethosu\n  $ accel-uapi decode DRM_IOCTL_ETHOSU_BO_CREATE 0010000000000000 01000000 00000000\n  $ strace -y -X verbose -e trace=ioctl APP 2>&1 | accel-uapi decode -`,
    )
    .action((text: string[], flags: DecodeFlags) =>
      act(async () =>
        (await import('./decode.ts')).runDecode(text, flags, width, write, line =>
          process.stderr.write(line),
        ),
      ),
    );

  program
    .command('extract')
    .description('read a kernel header: facts, and a skeleton of the semantics with open questions')
    .argument('<header>', 'a uAPI header, for example usr/include/drm/panthor_drm.h')
    .option('--include <dir>', 'the folder that holds drm/; without it the one above the header')
    .option('--out <dir>', 'the folder that gets facts/ and drivers/; what is there is compared', 'schemas')
    .option('--kernel <release>', 'the kernel release; without it as linux/version.h or the Makefile says')
    .option('--package-version <version>', 'the version of linux-libc-dev that the header comes from')
    .option('--questions', 'print every open question')
    .option(
      '--answers <file>',
      'questions with guesses: written when it is not there, else its answers are used',
    )
    .addHelpText(
      'after',
      '\nA driver that is there keeps its semantics: what is new gets a skeleton, what changed and what is\norphaned is reported. Either all files are written or none.\n\nExit status: 0 done, 1 descriptions no longer fit the header, 2 wrong usage.\n\nExample:\n  $ accel-uapi extract /usr/include/drm/panthor_drm.h --out panthor',
    )
    .action((header: string, flags: ExtractFlags) =>
      act(async () => (await import('./extract.ts')).runExtract(header, flags, write)),
    );

  program
    .command('generate')
    .description('write typed bindings of the drivers of the collection, or test vectors for bindings')
    .argument('[driver...]', 'drivers by their name in the collection; without one all')
    .addOption(
      new Option('--lang <language>', 'of the bindings')
        .choices(['c', 'ts', 'vectors'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'the folder that gets the files; one that is there is replaced')
    .addHelpText(
      'after',
      '\nThe same descriptions give the same bytes. Either all files are written or none. c: headers; ts: modules, in\nwhich ioctl needs the package koffi; vectors: bytes of every struct with their values\n(schemas/meta/vectors.schema.json).\n\nExample:\n  $ accel-uapi generate --lang c --out include ethosu rocket',
    )
    .action((drivers: string[], flags: GenerateFlags) =>
      act(async () => (await import('./generate.ts')).runGenerate(drivers, flags, write)),
    );

  program
    .command('run')
    .description('run a program that finds the reference of a driver as a device of this machine')
    .argument('<driver>', 'DRIVER[,as=linux-RELEASE][,mutant=ID][,profile=NAME]')
    .argument('<command...>', 'the program with its arguments, after --')
    .addHelpText(
      'after',
      '\nNeeds no rights and no module; docs/guides/run.md says what is served.\n\nExit status: that of the command, 128 and the number of the signal that ended it; 2 wrong usage, 4 the kit failed.\n\nExample:\n  $ accel-uapi run ethosu -- ./my-program',
    )
    .action((driver: string, command: string[]) =>
      act(async () => (await import('./run.ts')).runServed(driver, command)),
    );

  addRecord(program, act, write);

  program
    .command('serve')
    .description('make the reference of a driver a device of this machine for every program, by CUSE')
    .argument('<driver>', 'DRIVER[,as=linux-RELEASE][,mutant=ID][,profile=NAME]')
    .addHelpText(
      'after',
      '\nNeeds /dev/cuse and, as a rule, root. A call that CUSE cannot carry fails with EOPNOTSUPP and is told on standard error;\ndocs/guides/serve.md lists them.\n\nExit status: 0 when it was ended by a signal; 2 wrong usage, 4 the device could not be made.\n\nExample:\n  # accel-uapi serve ethosu',
    )
    .action((driver: string) => act(async () => (await import('./run.ts')).runSystemWide(driver, write)));
  return program;
}

/** Runs the command line; gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = build(async run => {
    status = await run();
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { explainError } = await import('./validate.ts');
    const known = explainError(error);
    if (!known) throw error;
    process.stderr.write(`accel-uapi: ${known.sentence}\n`);
    return known.status;
  }
}

// A reader that closes early (head) is no error of ours.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
});
main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(
      `accel-uapi: a fault of the kit itself: ${error.message}\n${process.env.ACCEL_UAPI_DEBUG ? `${error.stack}\n` : 'set ACCEL_UAPI_DEBUG=1 for its trace and report it\n'}`,
    );
    process.exitCode = 4;
  },
);
