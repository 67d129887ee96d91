/** `accel-uapi list`: clauses, targets, drivers and so on; traceability.ts has the last. */
import { allMutants } from '../../reference/index.ts';
import {
  catalogue,
  type DriverDescription,
  isModelled,
  modelledDrivers,
  netlinkFamilies,
} from '../../schemas/index.ts';
import { clauses, silences, sinceOf } from '../../spec/index.ts';
import { errnoCells } from '../coverage/cells.ts';
import { managementMutants } from '../management/mutants.ts';
import { netlinkMutants } from '../netlink/profiles.ts';
import { Selection } from '../run/select.ts';
import { UsageError } from '../run/usage-error.ts';
import { machines } from '../targets/qemu/index.ts';
import { FORMS } from '../targets/target-name.ts';
import type { ListKind } from './list-kinds.ts';
import { nearest } from './nearest.ts';

interface Row {
  readonly id: string;
  readonly what: string;
}

/** Its own ioctls only: those of the core are the same for all. */
function driverText(driver: DriverDescription): string {
  const { level, header, kernel, profiles } = driver.manifest;
  const ioctls = driver.facts.ioctls.map(({ name }) => name);
  const described = ioctls.filter(name => driver.calls.has(name));
  const model = isModelled(driver)
    ? `, deviations ${driver.deviations.length}, profiles ${Object.keys(profiles).join(' ')}`
    : '';
  return `${level}, ${header}, Linux ${kernel}, ioctls ${ioctls.length}, described ${described.length}${model}`;
}

/** Every cell that may be met, a line each; those that are forbidden are all others of the named errnos. */
function cellRows(names: readonly string[]): Row[] {
  return names.flatMap(name =>
    errnoCells(catalogue().drivers.get(name)!)
      .filter(({ kind }) => kind !== 'forbidden')
      .map(({ call, errno, kind, by, reason }) => ({
        id: `${name} ${call} ${errno}`,
        what: `${kind.padEnd(11)} ${reason === undefined ? by.join(', ') : `${reason} (${by.join(', ')})`}`,
      })),
  );
}

/** The modelled drivers, or the one that is named. */
function cellDrivers(name: string | undefined): string[] {
  const known = modelledDrivers().map(driver => driver.name);
  if (name === undefined) return known;
  if (!known.includes(name))
    throw new UsageError(
      `--driver ${name} has no described calls${nearest(name, known)}; expected one of ${known.join(', ')}`,
    );
  return [name];
}

function rows(kind: Exclude<ListKind, 'traceability'>, select: Selection, driver: string | undefined): Row[] {
  const drivers = [...catalogue().drivers.values()];
  switch (kind) {
    case 'cells':
      return cellRows(cellDrivers(driver));
    case 'clauses':
      return clauses
        .filter(clause => select.has({ clause: clause.id, instance: '' }))
        .map(clause => ({
          id: clause.id,
          what: `${clause.level.padEnd(8)} ${clause.observable.padEnd(7)} ${clause.sentence}`,
        }));
    case 'drivers':
      return drivers.map(driver => ({ id: driver.name, what: driverText(driver) }));
    case 'targets':
      return [
        ...drivers.filter(isModelled).flatMap(driver => [
          { id: `reference:${driver.name}`, what: 'the reference, strict' },
          {
            id: `reference:${driver.name},as=linux-${driver.manifest.kernel}`,
            what: 'the reference with the deviations of that kernel',
          },
        ]),
        { id: 'reference:drm-ras', what: 'counters over netlink, strict; as=linux-7.3 as found' },
        { id: 'reference:netdevsim', what: 'devlink over netdevsim, strict; as=linux-7.3 as found' },
        { id: '/dev/accel/accelN', what: "this machine's device, through an executor built here" },
        { id: 'exec:COMMAND', what: 'any program that speaks the protocol' },
        ...machines.map(({ name }) => ({
          id: `qemu:${name}`,
          what: 'a stock kernel and module in a virtual machine',
        })),
      ];
    case 'deviations':
      return [...drivers, ...netlinkFamilies().values()].flatMap(each =>
        each.deviations.map(deviation => ({
          id: deviation.id,
          what: `${deviation.does} (since ${deviation.since})`,
        })),
      );
    case 'silences':
      return silences.map(({ id, question }) => ({ id, what: question }));
    default:
      return [
        ...allMutants().map(mutant => ({ id: mutant.id, what: `${mutant.class} ${mutant.summary}` })),
        ...netlinkMutants.map(({ id, summary }) => ({ id, what: `${id.split('.')[0]}: ${summary}` })),
        ...managementMutants.map(({ id, summary }) => ({ id, what: `management=on: ${summary}` })),
      ];
  }
}

export function runList(
  kind: Exclude<ListKind, 'traceability'>,
  options: { select?: string; driver?: string; format?: 'pretty' | 'json' },
  write: (text: string) => void,
): number {
  const select = new Selection(options.select);
  if (options.select !== undefined && kind !== 'clauses')
    throw new UsageError('--select goes with list clauses');
  if (options.driver !== undefined && kind !== 'cells') throw new UsageError('--driver goes with list cells');
  const found = rows(kind, select, options.driver);
  const [unused] = select.unused;
  if (unused !== undefined)
    throw new UsageError(`--select ${unused} matches no clause; accel-uapi list shows them all`);
  if (options.format === 'json') {
    const data =
      kind === 'clauses'
        ? clauses
            .filter(clause => found.some(row => row.id === clause.id))
            .map(clause => ({ ...clause, since: sinceOf(clause.id) }))
        : kind === 'cells'
          ? cellDrivers(options.driver).flatMap(driver =>
              errnoCells(catalogue().drivers.get(driver)!).map(cell => ({ driver, ...cell })),
            )
          : kind === 'silences'
            ? silences
            : found;
    write(`${JSON.stringify(data, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...found.map(row => row.id.length), 0);
  for (const row of found) write(`${row.id.padEnd(width)}  ${row.what}\n`);
  if (kind === 'targets') write(`\nforms: ${FORMS}\n`);
  return 0;
}
