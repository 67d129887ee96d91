/** Indented, wrapped lines. */
import { wrapText } from './wrap.ts';

export class Paragraphs {
  private readonly width: number;
  private readonly write: (text: string) => void;

  constructor(width: number, write: (text: string) => void) {
    this.width = width;
    this.write = write;
  }

  /** A paragraph; lines after the first go further in, by `hang`. */
  put(text: string, indent = 0, hang = 2): void {
    const own = text.length - text.trimStart().length;
    wrapText(text.trimStart(), this.width - indent - Math.max(own, hang)).forEach((part, index) => {
      this.write(`${' '.repeat(indent + (index > 0 ? hang : own))}${part}\n`);
    });
  }

  blank(): void {
    this.write('\n');
  }
}
