/** What the page that runs the kit and its worker say to each other. */

export interface Wanted {
  readonly target: string;
  readonly seed: number;
  readonly select: string;
  readonly runs: number;
  readonly version: string;
}

export type Said =
  | { readonly kind: 'progress'; readonly done: number; readonly planned: number }
  /** The report as the command prints it, and the whole stream, a line an event. */
  | { readonly kind: 'done'; readonly report: string; readonly stream: string; readonly status: number }
  | { readonly kind: 'refused'; readonly sentence: string };
