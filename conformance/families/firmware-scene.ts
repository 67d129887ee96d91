/** Images, and what updates told, for programs about firmware. */
import { buildImage, type ImageParts } from '../../reference/index.ts';
import { fieldValue } from '../../schemas/index.ts';
import { changed, type Heard, infoOf, type Told } from '../management/told.ts';

/** Longer than a few blocks. */
const PAYLOAD = 'payload '.repeat(12);

export function partsOf(component: string, version: string): ImageParts {
  const mark = version.replaceAll('.', '');
  return { component, version, settings: `set-${mark}`, identifiers: `SN-${mark}`, payload: PAYLOAD };
}

export const PAYLOAD_BYTES = PAYLOAD.length;

/** Images of which each has one thing wrong. */
export function wrongImages(
  component: string,
  other: string,
): readonly { readonly what: string; readonly content: string }[] {
  const good = buildImage(partsOf(component, '6.6.6'));
  const at = good.indexOf('\n\n') + 2;
  const flipped = `${good.slice(0, at)}P${good.slice(at + 1)}`;
  return [
    { what: 'truncated', content: good.slice(0, -20) },
    { what: 'without a payload', content: good.slice(0, at) },
    { what: 'with another digest', content: flipped },
    { what: 'with a bit of its head changed', content: good.replace('version 6.6.6', 'version 6.6.7') },
    { what: 'without a seal', content: good.replace(/\nseal [0-9a-f]+/, '') },
    { what: 'for another component', content: buildImage(partsOf(other, '6.6.6')) },
    { what: 'that is none', content: 'all work and no play\n'.repeat(9) },
  ];
}

/** An update as it was told. */
export interface Update {
  readonly statuses: readonly { readonly text: string; readonly done: bigint; readonly total: bigint }[];
  /** It had an end. */
  readonly ended: boolean;
}

const numberOf = ({ fields }: Heard, name: string): bigint => {
  const value = fieldValue(fields, name);
  return typeof value === 'bigint' ? value : 0n;
};

const isOfUpdate = ({ operation }: Heard) => operation.startsWith('flash-update');

/** Takes what was heard apart; a sentence when it is no sequence of updates. */
export function updates(heard: readonly Heard[]): { readonly all: Update[]; readonly wrong?: string } {
  const all: Update[] = [];
  let open: { statuses: Update['statuses'][number][] } | undefined;
  for (const each of heard.filter(isOfUpdate)) {
    if (each.operation === 'flash-update-ntf') {
      if (open) return { all, wrong: 'an update begins before the one before it has ended' };
      open = { statuses: [] };
    } else if (!open) return { all, wrong: `${each.operation} is told while no update runs` };
    else if (each.operation === 'flash-update-end') {
      all.push({ ...open, ended: true });
      open = undefined;
    } else
      open.statuses.push({
        text: String(fieldValue(each.fields, 'flash-update-status-msg') ?? ''),
        done: numberOf(each, 'flash-update-status-done'),
        total: numberOf(each, 'flash-update-status-total'),
      });
  }
  return open ? { all, wrong: 'an update has begun and no end was told' } : { all };
}

/** Whether the steps that were let through by the core began one update each, and the others none. */
export function onceEach(
  told: Told,
  begun: readonly number[],
  refused: readonly number[],
): string | undefined {
  for (const step of begun) {
    const { all, wrong } = updates(told.of(step));
    if (wrong !== undefined) return `step ${step}: ${wrong}`;
    if (all.length !== 1) return `step ${step}: ${all.length} updates were told instead of one`;
  }
  const early = refused.find(step => told.of(step).some(isOfUpdate));
  return early === undefined
    ? undefined
    : `step ${early}: a request that the core refused was told as an update`;
}

/** Progress that goes back, or beyond the total. */
export function backwards({ statuses }: Update): string | undefined {
  for (const [index, { text, done, total }] of statuses.entries()) {
    if (total > 0n && done > total) return `${text}: ${done} of ${total} is told`;
    const before = statuses.slice(0, index).findLast(each => each.text === text && each.total > 0n);
    if (!before || total === 0n) continue;
    if (done < before.done) return `${text}: ${done} is told after ${before.done}`;
    if (total !== before.total) return `${text}: the total was ${before.total} and is ${total}`;
  }
  return undefined;
}

/** All is done is told before it is. */
export function early({ statuses }: Update, worked: boolean): string | undefined {
  const counted = statuses.filter(({ total }) => total > 0n);
  const first = counted.findIndex(({ done, total }) => done >= total);
  if (first < 0) return undefined;
  if (!worked) return `${counted[first]!.total} of ${counted[first]!.total} is told of an update that failed`;
  return first < counted.length - 1
    ? `${counted[first]!.total} of ${counted[first]!.total} is told ${counted.length - first} times`
    : undefined;
}

/** What info-get tells after a step is what it told before. */
export function kept(told: Told, before: number, after: readonly number[]): string | undefined {
  for (const step of after) {
    const found = changed(infoOf(told.answer(before)), infoOf(told.answer(step)));
    if (found !== undefined) return `step ${step}: ${found}`;
  }
  return undefined;
}
