/** The classes of real faults that mutants stand for, and why some have none. */

export interface FaultClass {
  /** C01 to C40; never changes. */
  readonly id: string;
  readonly sentence: string;
  /** Why there is no mutant of the class: what would have to be there for one to show. */
  readonly none?: string;
}

const row = (id: string, sentence: string, none?: string): FaultClass => ({
  id,
  sentence,
  ...(none === undefined ? {} : { none }),
});

export const faultClasses: readonly FaultClass[] = [
  row('C01', 'A member that has to be 0 is not looked at, or not at all of its bits.'),
  row('C02', 'A flag or a number outside its set is accepted, cut off or compared too narrowly.'),
  row('C03', 'A sum or a product of sizes wraps before it is compared.'),
  row('C04', 'A count at its extremes makes the kernel warn, loop or take it for another number.'),
  row('C05', 'A handle, an id or an index is used without being looked up.'),
  row('C06', 'What the device cannot do is done all the same, or what it can do is refused.'),
  row('C07', "More or fewer bytes are copied than the caller's size and stride say."),
  row('C08', 'A member is read again after it was checked, when its owner may have changed it.'),
  row('C09', 'Bytes come back that nobody set.'),
  row('C10', 'A number that is told is wrong, or in another unit than it says.'),
  row('C11', 'Asking for the needed size, or with too little room, gives the wrong answer.'),
  row('C12', 'A step of the call fails, and the call succeeds.'),
  row('C13', 'A refusal has the wrong errno, or a good call is refused.'),
  row('C14', 'A call that is refused leaves something done, taken or locked.'),
  row('C15', 'An object has a name before it is whole, and keeps it when the call fails after all.'),
  row('C16', 'Objects live longer or shorter than the names and the work that refer to them.'),
  row('C17', 'A descriptor is given out before the last step that can fail, or lives through exec unasked.'),
  row('C18', 'A close takes too much with it, leaves too much behind, or does not end.'),
  row(
    'C19',
    'A handle is kept where the object is needed, so that closing it takes the object from the work.',
  ),
  row('C20', 'A number of one client means something to another.'),
  row('C21', 'A call is open to callers without the permission that it takes.'),
  row('C22', 'What one client does or leaves shows in the memory or the numbers of another.'),
  row('C23', 'A mapping allows more than it was asked for, or what it must not.'),
  row('C24', 'A mapping shows another range than its own, or is longer than its object.'),
  row('C25', 'A time is taken in another unit, sign or sense than the caller meant.'),
  row('C26', 'A wait ends too early or too late, or takes what is done for not done.'),
  row('C27', 'A call that a signal interrupts loses its input, begins its time anew or does its work twice.'),
  row('C28', 'Poll, read and the events that wait do not agree.'),
  row('C29', 'Work that failed is told as done, or the other way round.'),
  row('C30', 'Work that was accepted never ends.'),
  row('C31', 'Work overtakes what it had to wait for.'),
  row('C32', 'After a hang the wrong work is blamed, or the device stays unusable.'),
  row(
    'C33',
    'A call during suspend or resume reaches hardware that is off, or a setting is lost.',
    'no feature: the model has no power states, and no described driver tells user space of any',
  ),
  row('C34', 'The device goes while it is open, and something goes on as if it were there.'),
  row('C35', 'The counters of fdinfo lose, repeat or mix up what clients used.'),
  row(
    'C36',
    'An error counter counts twice, is cleared with another, or is cleared by looking.',
    'no feature: no described driver has error counters (drm_ras, netlink)',
  ),
  row(
    'C37',
    'What devlink tells and what it notifies do not agree.',
    'no feature: no described driver has a devlink instance',
  ),
  row(
    'C38',
    'A firmware image that is cut, foreign or unfinished becomes the stored one.',
    'no feature: no described driver takes an image from user space',
  ),
  row('C39', 'A 32-bit program gets other bytes or other answers than a 64-bit one.'),
  row('C40', 'A number that the device or its firmware gives is believed without a look.'),
];

const byId = new Map(faultClasses.map(each => [each.id, each]));

export function faultClass(id: string): FaultClass | undefined {
  return byId.get(id);
}
