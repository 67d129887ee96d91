/** Transactions of a manage message, as include/uapi/drm/qaic_accel.h lays them out: little endian, back to back. */

/** QAIC_TRANS_..._FROM_USR: what a program may send. */
export const TRANSACTION = {
  passthrough: 1,
  transfer: 5,
  activate: 7,
  deactivate: 10,
  status: 12,
} as const;

export type TransactionName = keyof typeof TRANSACTION;

/** Bytes of the header of each: its type and its length. */
export const HEADER_BYTES = 8;

/** Bytes that the structure of each has. */
export const STRUCT_BYTES: Readonly<Record<TransactionName, number>> = {
  passthrough: HEADER_BYTES,
  transfer: 32,
  activate: 24,
  deactivate: 16,
  status: HEADER_BYTES,
};

/** What deviates from the plain layout, to break a rule. */
export interface Odd {
  /** The type that the header says. */
  readonly type?: number;
  /** The length that the header says. */
  readonly says?: number;
}

export class TransactionBuilder {
  private readonly parts: Uint8Array[] = [];

  /** Opaque to the driver; the firmware of the device looks at it. */
  passthrough(data: Uint8Array, odd: Odd = {}): this {
    return this.add('passthrough', HEADER_BYTES + data.length, odd, view => {
      new Uint8Array(view.buffer).set(data, HEADER_BYTES);
    });
  }

  transfer(tag: number, address: bigint, size: bigint, odd: Odd = {}): this {
    return this.add('transfer', STRUCT_BYTES.transfer, odd, view => {
      view.setUint32(8, tag, true);
      view.setBigUint64(16, address, true);
      view.setBigUint64(24, size, true);
    });
  }

  activate(queueSize: number, more: { readonly options?: number; readonly pad?: number } = {}): this {
    return this.add('activate', STRUCT_BYTES.activate, {}, view => {
      view.setUint32(8, queueSize, true);
      view.setUint32(16, more.options ?? 0, true);
      view.setUint32(20, more.pad ?? 0, true);
    });
  }

  deactivate(channel: number, pad = 0): this {
    return this.add('deactivate', STRUCT_BYTES.deactivate, {}, view => {
      view.setUint32(8, channel, true);
      view.setUint32(12, pad, true);
    });
  }

  status(odd: Odd = {}): this {
    return this.add('status', STRUCT_BYTES.status, odd, () => undefined);
  }

  /** Bytes that are no transaction. */
  raw(...bytes: number[]): this {
    this.parts.push(Uint8Array.from(bytes));
    return this;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  private add(name: TransactionName, length: number, odd: Odd, fill: (view: DataView) => void): this {
    const view = new DataView(new ArrayBuffer(length));
    view.setUint32(0, odd.type ?? TRANSACTION[name], true);
    view.setUint32(4, odd.says ?? length, true);
    fill(view);
    this.parts.push(new Uint8Array(view.buffer));
    return this;
  }
}
