/** Faults of the calls on dma-bufs and sync files, and of what these say of fences. */
import {
  type CallDescription,
  checks,
  type DriverDescription,
  fileCalls,
  type HandedOut,
  printCondition,
  type Rule,
  ruleName,
  type SetRule,
  type WriteRule,
  walk,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Behaviour } from '../model/scene.ts';
import { Fence } from '../sync/fence.ts';
import { reserve } from '../sync/reservation.ts';
import { holdInFile, nameOfFile, setNameOfFile } from '../sync/sync-file.ts';
import { classOfCheck } from './checks.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, carriesCore, type Place } from './places.ts';
import { whyUnreached } from './unreached.ts';
import { otherErrno } from './wrong-errno.ts';

const KINDS: readonly HandedOut[] = ['dma-buf', 'sync-file'];

export const files: MutantSource = driver =>
  carriesCore(driver)
    ? [
        ...KINDS.flatMap(kind => fileCalls(driver, kind)).flatMap(call => [
          ...badChecks(driver, call),
          ...badOutputs(driver, call),
        ]),
        ...BEHAVIOURS.map(([name, kind, clause, summary, change]) => ({
          id: `files.${name}`,
          class: kind,
          clauses: [clause],
          driver: driver.name,
          summary,
          faults: { behaviour: change },
        })),
        {
          id: 'files.by-number',
          class: 'C06',
          clauses: ['files.number'],
          driver: driver.name,
          summary:
            'Calls on dma-bufs and sync files are told by their number only, whatever the size and the direction.',
          faults: { filesByNumber: true },
        },
      ]
    : [];

function place<R extends Rule>(driver: DriverDescription, call: CallDescription, rule: R): Place<R> {
  return { driver, call, rule, id: `${call.id}.${ruleName(rule)}` };
}

function badChecks(driver: DriverDescription, call: CallDescription): Mutant[] {
  return checks(call.semantics.body)
    .map(rule => place(driver, call, rule))
    .filter(({ id }) => whyUnreached(driver.name, call.id, id) === undefined)
    .flatMap(each => {
      const clauses = [each.rule.clause as ClauseId];
      const { errno } = each.rule;
      return [
        at('drop', each, {
          class: classOfCheck(each.rule),
          clauses,
          summary: `${call.name} does not refuse: ${printCondition(each.rule.when)}.`,
          patch: [{ remove: each.id }],
        }),
        at('errno', each, {
          class: 'C13',
          clauses,
          summary: `${call.name} answers ${otherErrno(errno)} where ${errno} is due.`,
          patch: [{ errno: otherErrno(errno), of: each.id }],
        }),
      ];
    });
}

function badOutputs(driver: DriverDescription, call: CallDescription): Mutant[] {
  return [...walk(call.semantics.body)]
    .filter((rule): rule is SetRule | WriteRule => 'set' in rule || 'write' in rule)
    .map(rule => place(driver, call, rule))
    .flatMap(each => {
      const { rule } = each;
      const clauses = [rule.clause as ClauseId];
      const unset = at('set' in rule ? 'unset' : 'unwritten', each, {
        class: 'C09',
        clauses,
        summary: `${call.name} succeeds without giving ${'set' in rule ? rule.set : ruleName(rule)}.`,
        patch: [{ remove: each.id }],
      });
      if (!('set' in rule) || !('descriptor' in rule.to)) return [unset];
      const { descriptor, object } = rule.to;
      const inherited = at('inherited', each, {
        class: 'C17',
        clauses,
        summary: `${call.name} gives a descriptor that survives exec.`,
        patch: [{ replace: each.id, with: [{ ...rule, to: { descriptor, object } }] }],
      });
      return [unset, inherited];
    });
}

/** A fence that never signals. */
const never = () => new Fence(undefined);

type Change = (strict: Behaviour) => Behaviour;
const effect =
  (name: string, does: NonNullable<Behaviour['effects']>[string]): Change =>
  strict => ({ ...strict, effects: { ...strict.effects, [name]: does } });

const BEHAVIOURS: readonly [name: string, kind: string, clause: ClauseId, summary: string, change: Change][] =
  [
    [
      'pending-when-idle',
      'C30',
      'files.idle',
      'A sync file of a buffer that nobody uses never signals.',
      effect('buffer_exported', (_scene, _of, [made]) => holdInFile(made!, never())),
    ],
    [
      'merge-never-signals',
      'C30',
      'files.merge',
      'A merged sync file never signals.',
      effect('sync_files_merged', (_scene, _of, [made]) => holdInFile(made!, never())),
    ],
    [
      'import-spoils',
      'C26',
      'files.import',
      'A buffer is busy for ever with whatever was imported, signalled or not.',
      effect('sync_file_imported', (_scene, _of, [buffer]) => reserve(buffer!, never(), true)),
    ],
    [
      'name-cut',
      'C10',
      'files.name',
      'The name of a dma-buf loses its last byte.',
      strict => ({
        ...strict,
        effects: {
          ...strict.effects,
          buffer_named: (scene, of, [buffer]) => {
            strict.effects!.buffer_named!(scene, of, [buffer!]);
            setNameOfFile(buffer!, nameOfFile(buffer!)!.slice(0, -1));
          },
        },
      }),
    ],
  ];
