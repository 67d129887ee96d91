/** Addresses that were published and have gone, with where their content is now. An entry is never removed. */
export interface Moved {
  /** From the root of the site: `/clauses/old.name/`, or `/drivers/x/#constant`. */
  readonly from: string;
  /** Where it is now; absent when there is nothing like it any more. */
  readonly to?: string;
  readonly why: string;
}

export const MOVED: readonly Moved[] = [
  {
    from: '/drivers/habanalabs/hl_memory/#check-alloc-page-size',
    why: 'No chip of the driver lets a program choose the size of pages, so that nothing comes to this check.',
  },
];
