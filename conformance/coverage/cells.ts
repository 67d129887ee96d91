/**
 * The errno matrix of a driver: every call with every errno that any of its calls may end with. Each cell is required
 * (a check must answer so), allowed (the driver or the machine may), forbidden, or not to be reached, with the reason.
 */
import { whyUnreached } from '../../reference/index.ts';
import {
  type CallDescription,
  type CheckRule,
  checks,
  type DriverDescription,
  lacksFeature,
  ruleName,
} from '../../schemas/index.ts';
import { ioctls } from '../plan/context.ts';

export type CellKind = 'required' | 'allowed' | 'forbidden' | 'unreachable';

export interface Cell {
  readonly call: string;
  readonly errno: string;
  readonly kind: CellKind;
  /** The ids of the checks that answer so; `the machine` where its state may be the cause. */
  readonly by: readonly string[];
  /** Why nothing gets there. */
  readonly reason?: string;
}

/** One way to an errno. */
interface Way {
  readonly errno: string;
  readonly by: string;
  readonly kind: 'required' | 'allowed';
  readonly reason?: string | undefined;
}

/** Checks of the core that no request with a described number reaches. */
const OF_OTHERS = ['letter', 'number'];
const MACHINE = 'the machine';

function ways(
  { id }: CallDescription,
  list: readonly CheckRule[],
  why: (check: CheckRule, id: string) => string | undefined,
): Way[] {
  return list.map(check => {
    const by = `${id}.${ruleName(check)}`;
    const kind = check.optional ? 'allowed' : 'required';
    return { errno: check.errno, by, kind, reason: why(check, by) };
  });
}

const machine = (call: CallDescription): Way[] =>
  (call.semantics.environmental ?? []).map(errno => ({ errno, by: MACHINE, kind: 'allowed' }));

/** The call's own checks, up to one for a feature that the driver lacks: nothing gets past that. */
function ownWays(driver: DriverDescription, call: CallDescription): Way[] {
  const all = checks(call.semantics.body);
  const end = all.findIndex(check => lacksFeature(driver, check) === true);
  return ways(call, all, (check, id) => {
    if (lacksFeature(driver, check) === false) return 'the driver has the feature';
    if (end >= 0 && all.indexOf(check) > end) return `every call is refused before, with ${all[end]!.errno}`;
    return whyUnreached(driver.name, call.id, id);
  });
}

/** Whether the core asks for more than an open descriptor (drivers/gpu/drm/drm_ioctl.c:608). */
function isGated({ manifest }: DriverDescription, { semantics: { access = [] } }: CallDescription): boolean {
  const gates = access.some(each => each === 'root' || each === 'auth' || each === 'master');
  return gates || (manifest.node === 'render' && !access.includes('render'));
}

function coreWays(driver: DriverDescription, call: CallDescription): Way[] {
  const core = driver.calls.get('ioctl');
  if (!core) return [];
  const around = checks(core.semantics.body).filter(({ check }) => !OF_OTHERS.includes(check));
  const copied = (bit: string) => ['readwrite', bit].includes(call.request!.direction);
  return [
    ...ways(core, around, ({ check }, id) => {
      if (check === 'permission' && !isGated(driver, call)) return 'the call needs no permission';
      if (check === 'copy-in' && !copied('write')) return 'nothing is copied in';
      if (check === 'copy-out' && !copied('read')) return 'nothing is copied out';
      return whyUnreached(driver.name, core.id, id);
    }),
    ...machine(core),
  ];
}

function cellOf(call: string, errno: string, found: readonly Way[]): Cell {
  const by = [...new Set(found.map(way => way.by))];
  if (found.length === 0) return { call, errno, kind: 'forbidden', by };
  const open = found.filter(({ reason }) => reason === undefined);
  if (open.length === 0) {
    const reason = [...new Set(found.map(way => way.reason!))].join('; ');
    return { call, errno, kind: 'unreachable', by, reason };
  }
  const kind = open.some(way => way.kind === 'required') ? 'required' : 'allowed';
  return { call, errno, kind, by: [...new Set(open.map(way => way.by))] };
}

/** All cells, call by call, the errnos in the order of the alphabet. */
export function errnoCells(driver: DriverDescription): Cell[] {
  const compat = (call: CallDescription): Way[] =>
    call.semantics.compat?.how === 'refused'
      ? [{ errno: 'EINVAL', by: 'the core, for 32-bit programs', kind: 'allowed' }]
      : [];
  const all: [string, Way[]][] = [
    ...ioctls(driver).map((call): [string, Way[]] => [
      call.name,
      [...ownWays(driver, call), ...coreWays(driver, call), ...machine(call), ...compat(call)],
    ]),
    ...[...driver.files.values()].map((call): [string, Way[]] => [
      call.name,
      [...ownWays(driver, call), ...machine(call)],
    ]),
  ];
  const errnos = [...new Set(all.flatMap(([, list]) => list.map(({ errno }) => errno)))].sort();
  return all.flatMap(([call, list]) =>
    errnos.map(errno =>
      cellOf(
        call,
        errno,
        list.filter(way => way.errno === errno),
      ),
    ),
  );
}
