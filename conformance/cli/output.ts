import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../run/usage-error.ts';

/** Standard output that stops quietly when its reader has gone. */
export class Output {
  private readonly descriptor: number;
  gone = false;

  constructor(path: string | undefined) {
    if (path === undefined) {
      this.descriptor = 1;
      return;
    }
    try {
      this.descriptor = openSync(path, 'w');
    } catch (error) {
      throw new UsageError(
        `--out ${path} cannot be written: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}; name a file in a folder that exists`,
      );
    }
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length && !this.gone; ) {
      try {
        at += writeSync(this.descriptor, bytes, at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') continue;
        if (code !== 'EPIPE')
          throw new UsageError(
            `the report cannot be written: ${code}; free some space or name another file with --out`,
          );
        this.gone = true;
      }
    }
  }

  close(): void {
    if (this.descriptor > 2) closeSync(this.descriptor);
  }
}
