/** Stands in for the supervisor in tests: keeps what it is told, with one file of memory behind it. */
import type { Channel, COMMANDS } from '../channel.ts';

type Name = keyof typeof COMMANDS;

export class RecordedChannel {
  readonly told: [Name, ...bigint[]][] = [];
  readonly file = new Uint8Array(1 << 16);

  tell(what: Name, numbers: readonly bigint[], payload: Uint8Array = new Uint8Array(0)): void {
    this.told.push([what, ...numbers]);
    const at = Number(numbers[0]);
    if (what === 'poke') this.file.set(payload, at);
    if (what === 'punch') this.file.fill(0, at, at + Number(numbers[1]));
  }

  ask(what: Name, numbers: readonly bigint[]): { result: bigint; bytes: Uint8Array } {
    this.told.push([what, ...numbers]);
    const [at, length] = [Number(numbers[0]), Number(numbers[3] ?? 0n)];
    return { result: 0n, bytes: this.file.slice(at, at + length) };
  }

  /** As those take it that only tell and ask. */
  get channel(): Channel {
    return this as unknown as Channel;
  }
}
