/** Whether an overlay agrees with its specification: every name in it leads somewhere, nothing is left untold. */
import { isErrno } from '../errno/errno.ts';
import type { NetlinkOverlay, OverlayCheck, OverlayExchange } from '../generated/types/netlink-overlay.ts';
import { InvalidData } from '../validate/validate.ts';
import { collectReferences, type References } from './condition.ts';
import type { NetlinkFamily, NetlinkOperation } from './family.ts';

interface Part {
  readonly path: string;
  readonly overlay: NetlinkOverlay;
}
const MODES = ['do', 'dump'] as const;
const noReferences = (): References => ({ attributes: new Set(), named: new Set(), constants: new Set() });

/** Throws an InvalidData that says what is wrong where. */
export function checkOperations(family: NetlinkFamily, own: readonly Part[], common: readonly Part[]): void {
  for (const { path, overlay } of own) {
    const fail = (sentence: string) => new InvalidData(`${path}: ${sentence}`);
    const used = noReferences();
    for (const [name, told] of Object.entries(overlay.operations ?? {})) {
      const operation = family.operations.get(name);
      if (!operation) throw fail(`${family.key} has no operation ${name}`);
      if (operation.overlay !== told) throw fail(`another overlay tells of ${name} already`);
      checkOperation(family, operation, used, sentence => fail(`${name}: ${sentence}`));
    }
    for (const checks of Object.values(overlay.lists ?? {})) collectChecks(checks, used, fail);
    checkNamed(family, used, Object.keys(overlay.named ?? {}), fail);
  }
  for (const { path, overlay } of common) {
    const used = noReferences();
    const fail = (sentence: string) => new InvalidData(`${path}: ${sentence}`);
    for (const checks of Object.values(overlay.lists ?? {})) collectChecks(checks, used, fail);
    checkNamed(family, used, Object.keys(overlay.named ?? {}), fail);
  }
}

function collectChecks(
  checks: readonly OverlayCheck[],
  used: References,
  fail: (sentence: string) => InvalidData,
): void {
  for (const { check, errno, when } of checks) {
    if (errno !== 'driver' && !isErrno(errno))
      throw fail(`the check ${check} has ${errno}, which is no errno`);
    collectReferences(when, used);
  }
}

function checkNamed(
  family: NetlinkFamily,
  used: References,
  named: readonly string[],
  fail: (sentence: string) => InvalidData,
): void {
  for (const name of used.named)
    if (!(name in family.named)) throw fail(`a check uses the condition ${name}; add its sentence to named`);
  for (const name of named)
    if (!used.named.has(name)) throw fail(`no check uses the condition ${name} of named`);
  for (const name of used.constants)
    if (!family.constants.has(name)) throw fail(`a check uses ${name}, which ${family.header} does not have`);
}

function checkOperation(
  family: NetlinkFamily,
  operation: NetlinkOperation,
  used: References,
  fail: (sentence: string) => InvalidData,
): void {
  const { spec, overlay } = operation;
  for (const mode of MODES) {
    const [asked, told] = [spec[mode], overlay[mode]];
    if (asked && !told) throw fail(`the specification has a ${mode}, of which nothing is told`);
    if (told && !asked) throw fail(`the specification has no ${mode}`);
    if (told) checkExchange(family, operation, mode, told, used, sentence => fail(`${mode}: ${sentence}`));
  }
  const notification = Boolean(spec.notify ?? spec.event);
  if (notification !== Boolean(overlay.sent))
    throw fail(
      notification ? 'it is a notification, and when it is sent is not told' : 'it is no notification',
    );
  const messages = notification ? notificationAttributes(family, operation) : [];
  for (const name of overlay.sent?.always ?? [])
    if (!messages.includes(name)) throw fail(`it always has ${name}, which its messages do not have`);
  for (const { notification: name, when } of overlay.emits ?? []) {
    if (!family.operations.get(name)?.overlay.sent) throw fail(`it causes ${name}, which is no notification`);
    if (!when) continue;
    collectReferences(when, used);
    const own = noReferences();
    collectReferences(when, own);
    for (const attribute of own.attributes)
      if (!spec.do?.request?.attributes?.includes(attribute))
        throw fail(`${name} depends on ${attribute}, which no request has`);
  }
}

function notificationAttributes(family: NetlinkFamily, { spec }: NetlinkOperation): readonly string[] {
  const like = spec.notify ? family.operations.get(spec.notify)?.spec : undefined;
  return spec.event?.attributes ?? like?.do?.reply?.attributes ?? [];
}

function checkExchange(
  family: NetlinkFamily,
  { spec }: NetlinkOperation,
  mode: (typeof MODES)[number],
  told: OverlayExchange,
  used: References,
  fail: (sentence: string) => InvalidData,
): void {
  const request: readonly string[] = spec[mode]?.request?.attributes ?? [];
  const reply: readonly string[] = spec[mode]?.reply?.attributes ?? [];
  const unknown = told.before.find(list => !family.lists[list]);
  if (unknown) throw fail(`there is no list of checks named ${unknown}`);
  const lists = told.before.flatMap(list => family.lists[list]!);
  const ids = [...lists, ...told.checks].map(({ check }) => check);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw fail(`the check ${twice} stands there twice`);
  const own = noReferences();
  collectChecks([...lists, ...told.checks], own, fail);
  collectChecks(told.checks, used, fail);
  if (told.replies_when) collectReferences(told.replies_when, own);
  const asked = [...told.required, ...(told.oneOf?.flat() ?? []), ...own.attributes];
  for (const name of asked)
    if (!request.includes(name)) throw fail(`it is about ${name}, which no request has`);
  for (const name of told.always ?? [])
    if (!reply.includes(name)) throw fail(`replies always have ${name}, which no reply has`);
  if ((told.reply === 'none') !== (reply.length === 0))
    throw fail(reply.length === 0 ? 'the specification has no reply' : 'the specification has a reply');
  // The list of the flag and that of strict validation follow from the specification.
  const [flags, loose]: (readonly string[])[] = [spec.flags ?? [], spec['dont-validate'] ?? []];
  const admin = flags!.includes('admin-perm');
  if (told.before.includes('admin') !== admin)
    throw fail(`before ${admin ? 'lacks' : 'has'} admin, but the flags of the specification say otherwise`);
  const strict = mode === 'do' ? !loose!.includes('strict') : !loose!.some(each => each.startsWith('dump'));
  if (told.before.includes('strict') !== strict)
    throw fail(
      `before ${strict ? 'lacks' : 'has'} strict, but dont-validate of the specification says otherwise`,
    );
}
