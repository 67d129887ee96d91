/**
 * What the makers of jobs share: calls that come before, arrays with their counts, the arguments of the submission, and how
 * a driver's kinds of good calls are made with them.
 */
import { type CallDescription, layoutOf, type Value } from '../../../schemas/index.ts';
import type { Argument } from '../arguments.ts';
import { addressOf, slotValue } from '../builder.ts';
import type { CallMaker, GoodArguments } from '../call-maker.ts';
import type { Payload } from '../payloads.ts';

export class JobMaker {
  readonly values: Record<string, Argument> = {};
  readonly setup: number[] = [];
  protected readonly maker: CallMaker;
  protected readonly fd: Value;
  protected readonly submit: CallDescription;

  constructor(maker: CallMaker, fd: Value, submit: CallDescription) {
    this.maker = maker;
    this.fd = fd;
    this.submit = submit;
  }

  protected call(name: string): CallDescription {
    return this.maker.context.driver.calls.get(name)!;
  }

  /** Bytes of a struct of the driver. */
  protected sizeOf(struct: string): bigint {
    const { driver, hello } = this.maker.context;
    return BigInt(layoutOf(driver.types, struct, hello.abi).size);
  }

  /** The handle that a call gives. */
  protected made(
    name: string,
    values: Record<string, Argument>,
    keep?: { readonly field: string; readonly slot: number },
  ): Value {
    const label = `${name} (for a job)`;
    const options = { label, ...(keep ? { keep } : {}) };
    this.setup.push(this.maker.call(this.fd, this.call(name), values, options));
    // The slot of the handle comes after one that was asked for.
    return slotValue(this.maker.builder.lastSlot);
  }

  /** Room for so many elements behind a pointer of the submission, and their count. */
  array(pointer: string, count: string, bytes: bigint, length: number): void {
    this.values[pointer] = addressOf(
      this.maker.target(this.submit, pointer, bytes * BigInt(Math.max(length, 1))),
    );
    this.values[count] = BigInt(length);
  }

  done(): GoodArguments {
    return { values: this.values, setup: this.setup };
  }
}

/** Kinds of good calls that a driver's own maker makes: each shapes one before it is done. */
export function payloadsBy<Made extends JobMaker>(
  Make: new (maker: CallMaker, fd: Value, call: CallDescription) => Made,
) {
  return (label: string, shape: (made: Made) => void, more: Partial<Payload> = {}): Payload => ({
    label,
    ...more,
    build: (maker, fd, call) => {
      const made = new Make(maker, fd, call);
      shape(made);
      return made.done();
    },
  });
}
