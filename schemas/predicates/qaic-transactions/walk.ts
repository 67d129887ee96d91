/** The transactions of a message, one after the other, with their members. */
import { HEADER_BYTES, TRANSACTION, type TransactionName } from './build.ts';

export const names = new Map(
  Object.entries(TRANSACTION).map(([name, type]) => [type as number, name as TransactionName]),
);

/** Members of the transaction at an offset. What lies behind the message is 0 in the driver's copy. */
export class Members {
  private readonly view: DataView;
  private readonly at: number;

  constructor(view: DataView, at: number) {
    this.view = view;
    this.at = at;
  }

  u32(offset: number): bigint {
    let value = 0n;
    for (let byte = 3; byte >= 0; byte -= 1) {
      const at = this.at + offset + byte;
      value = (value << 8n) | BigInt(at < this.view.byteLength ? this.view.getUint8(at) : 0);
    }
    return value;
  }

  u64(offset: number): bigint {
    return this.u32(offset) | (this.u32(offset + 4) << 32n);
  }
}

export interface Transaction {
  readonly name: TransactionName;
  /** Where it begins in the message, and how long it says it is. */
  readonly at: number;
  readonly length: number;
  readonly members: Members;
}

/** The transactions of a message that keeps the rules; of another, those before the first that breaks one of length or type. */
export function transactionsIn(bytes: Uint8Array): Transaction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Transaction[] = [];
  for (let at = 0; bytes.length - at >= HEADER_BYTES; ) {
    const members = new Members(view, at);
    const length = Number(members.u32(4));
    const name = names.get(Number(members.u32(0)));
    if (name === undefined || length < HEADER_BYTES || at + length > bytes.length) break;
    found.push({ name, at, length, members });
    at += length;
  }
  return found;
}
