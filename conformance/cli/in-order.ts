/** Several reports that grow at the same time, written in their order: the first as it comes, each other behind it. */
export class InOrder {
  /** The report that is written as it comes. */
  private current = 0;
  private readonly waiting = new Map<number, string[]>();
  private readonly over = new Set<number>();
  private readonly write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.write = write;
  }

  add(place: number, text: string): void {
    if (place === this.current) this.write(text);
    else this.waiting.set(place, [...(this.waiting.get(place) ?? []), text]);
  }

  /** Nothing more comes of a report; of one that was left out, nothing at all. */
  end(place: number): void {
    this.over.add(place);
    while (this.over.has(this.current)) {
      this.current += 1;
      for (const text of this.waiting.get(this.current) ?? []) this.write(text);
      this.waiting.delete(this.current);
    }
  }
}
