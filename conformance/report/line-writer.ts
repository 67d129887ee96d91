/** Where a report goes, piece by piece. */
export interface LineWriter {
  write(line: string): void;
}
