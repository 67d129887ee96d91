/** What was asked for cannot be meant: a wrong word, or a selection that matches nothing. */
export class UsageError extends Error {
  override name = 'UsageError';
}
