/** What became of the members of one struct. */
import { ABI_NAMES } from '../layout/index.ts';
import type { AbiName } from '../program/program.ts';
import { isReserved, type Place, type Places } from './places.ts';

export interface Moved {
  readonly place: Place;
  readonly before: Place;
}

export interface StructDelta {
  readonly old: Places;
  readonly new: Places;
  /** Members of both whose elements have another size or kind. */
  readonly retyped: readonly Moved[];
  readonly resigned: readonly Moved[];
  readonly relengthed: readonly Moved[];
  readonly renamed: readonly Moved[];
  /** A member that took the place of another one. */
  readonly replaced: readonly Moved[];
  /** A member in the bytes of a reserved one. */
  readonly padReused: readonly Moved[];
  /** A reserved member in the place of another one. */
  readonly retired: readonly Moved[];
  readonly inHole: readonly Place[];
  /** Beside another member in a union. */
  readonly alternative: readonly Place[];
  /** Behind the end of what was; also an array that has more elements there. */
  readonly appended: readonly Place[];
  readonly inserted: readonly Place[];
  readonly removed: readonly Place[];
  /** A reserved member that is gone; what lies in its bytes is told for itself. */
  readonly padRemoved: readonly Place[];
  /** Members of both that lie elsewhere for a 64-bit program. */
  readonly moved: readonly Moved[];
  /** The ABIs on which the members of both or the size differ, when 64-bit programs see no difference. */
  readonly only32: readonly AbiName[];
  /** The ABIs on which only the length is greater, when 64-bit programs see no other one. */
  readonly longer32: readonly AbiName[];
}

const WIDE: readonly AbiName[] = ['x86_64', 'aarch64', 'riscv64'];
const NARROW = ABI_NAMES.filter(abi => !WIDE.includes(abi));

const sameOn = (abis: readonly AbiName[], a: Record<AbiName, number>, b: Record<AbiName, number>) =>
  abis.every(abi => a[abi] === b[abi]);

function overlaps(a: Place, b: Place): boolean {
  const end = (place: Place) => place.offset.x86_64 + Math.max(1, place.size.x86_64);
  return a.offset.x86_64 < end(b) && b.offset.x86_64 < end(a);
}

function sameElement(a: Place, b: Place): boolean {
  const pointers = [a, b].filter(({ shape }) => shape.kind === 'pointer').length;
  // What became of a struct is told of the struct.
  const sameStruct = a.shape.tag !== undefined && a.shape.tag === b.shape.tag;
  return (
    (sameStruct || sameOn(WIDE, a.shape.bytes, b.shape.bytes)) &&
    // A pointer and a number of its size are the same bits for a 64-bit program.
    (a.shape.kind === b.shape.kind || pointers === 1) &&
    a.shape.lengths.length === b.shape.lengths.length
  );
}

function sameShape(a: Place, b: Place): boolean {
  return sameElement(a, b) && a.shape.lengths.every((length, i) => length === b.shape.lengths[i]);
}

export function structDelta(before: Places, after: Places): StructDelta {
  const old = [...before.members.values()];
  const now = [...after.members.values()];
  const common = now.flatMap((place): Moved[] => {
    const was = before.members.get(place.path);
    return was ? [{ place, before: was }] : [];
  });
  const gone = new Set(old.filter(({ path }) => !after.members.has(path)));
  const fresh = new Set(now.filter(({ path }) => !before.members.has(path)));

  const take = (pick: (place: Place, was: Place) => boolean): Moved[] =>
    [...fresh].flatMap(place => {
      const was = [...gone].find(one => pick(place, one));
      if (!was) return [];
      fresh.delete(place);
      gone.delete(was);
      return [{ place, before: was }];
    });
  const at = (place: Place, was: Place) => place.offset.x86_64 === was.offset.x86_64;
  const renamed = take(
    (place, was) =>
      at(place, was) && sameShape(place, was) && isReserved(place.path) === isReserved(was.path),
  );

  const padReused: Moved[] = [];
  for (const place of [...fresh]) {
    if (isReserved(place.path)) continue;
    const pad = old.find(was => isReserved(was.path) && overlaps(place, was));
    const others = old.filter(was => was !== pad && overlaps(place, was) && !isReserved(was.path));
    if (!pad || others.length > 0) continue;
    // Bytes that moved with what stood before them are not the pad that was there.
    if ([...gone].some(was => !isReserved(was.path) && was.offset.x86_64 < place.offset.x86_64)) continue;
    fresh.delete(place);
    padReused.push({ place, before: pad });
  }
  const retired = [...fresh].flatMap(place => {
    const was = [...gone].filter(one => !isReserved(one.path) && overlaps(place, one));
    if (!isReserved(place.path) || was.length === 0) return [];
    fresh.delete(place);
    for (const one of was) gone.delete(one);
    return was.map(one => ({ place, before: one }));
  });
  // A reserved member that moves or shrinks hurts nobody by itself.
  const bearing = common.filter(({ place }) => !isReserved(place.path));
  const moved = bearing.filter(({ place, before: was }) => !sameOn(WIDE, place.offset, was.offset));
  const replaced = take(
    (place, was) => at(place, was) && !isReserved(place.path) && !isReserved(was.path) && moved.length === 0,
  );

  const sizeBefore = before.size.x86_64;
  const inHole: Place[] = [];
  const alternative: Place[] = [];
  const appended: Place[] = [];
  const inserted: Place[] = [];
  for (const place of fresh) {
    const over = old.filter(was => overlaps(place, was));
    const shifted = over.some(was => moved.some(({ before: one }) => one === was));
    if (place.offset.x86_64 >= sizeBefore && !shifted) appended.push(place);
    else if (shifted) inserted.push(place);
    else if (over.length === 0) inHole.push(place);
    else if (over.every(was => isReserved(was.path))) inHole.push(place);
    else if (over.every(was => after.members.has(was.path))) alternative.push(place);
    else inserted.push(place);
  }

  const narrowOnly = NARROW.filter(abi =>
    bearing.some(
      ({ place, before: was }) =>
        place.offset[abi] !== was.offset[abi] ||
        (place.shape.tag === undefined && place.shape.bytes[abi] !== was.shape.bytes[abi]),
    ),
  );
  const sizeOnly = NARROW.filter(abi => after.size[abi] < before.size[abi]);
  const retyped = bearing.filter(({ place, before: was }) => !sameElement(place, was));
  const relengthed = bearing.filter(
    ({ place, before: was }) => sameElement(place, was) && !sameShape(place, was),
  );
  // More elements at the very end are the growth of the struct.
  const atEnd = ({ place, before: was }: Moved) =>
    was.offset.x86_64 === place.offset.x86_64 &&
    place.size.x86_64 > was.size.x86_64 &&
    was.shape.lengths.length === 1 &&
    was.shape.lengths[0] !== 0 &&
    was.offset.x86_64 + was.size.x86_64 === before.size.x86_64;
  appended.push(...relengthed.filter(atEnd).map(({ place }) => place));
  const wide =
    moved.length + retyped.length + relengthed.length + inserted.length > 0 ||
    !WIDE.every(abi => after.size[abi] >= before.size[abi]);
  const removed = [...gone].filter(({ path }) => !isReserved(path));
  return {
    old: before,
    new: after,
    retyped,
    resigned: bearing.filter(
      ({ place, before: was }) =>
        sameElement(place, was) && place.shape.kind === 'number' && place.shape.signed !== was.shape.signed,
    ),
    relengthed: relengthed.filter(each => !atEnd(each)),
    renamed,
    replaced,
    padReused,
    retired,
    inHole,
    alternative,
    appended,
    inserted,
    removed,
    padRemoved: [...gone].filter(({ path }) => isReserved(path)),
    moved,
    longer32:
      after.size.x86_64 === before.size.x86_64
        ? NARROW.filter(abi => after.size[abi] > before.size[abi] && !narrowOnly.includes(abi))
        : [],
    only32: wide ? [] : ABI_NAMES.filter(abi => narrowOnly.includes(abi) || sizeOnly.includes(abi)),
  };
}
