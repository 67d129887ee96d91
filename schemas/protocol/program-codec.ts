/** A program as the tables of a PROGRAM frame, and back. */

import type { Buffer, Capture, Fill, Program, Relocation, Step, Value } from '../program/program.ts';
import { enumNames, type Names, type ProtocolDescription } from './description.ts';
import type { RawFrame } from './frame.ts';
import { ProtocolError } from './protocol-error.ts';
import type { Fields } from './record.ts';

const ALL_ONES = 0xffffffffffffffffn;

export interface ProgramCodec {
  /** @param prompt every RESULT is wanted as soon as its step ended */
  toFrame(number: number, program: Program, prompt: boolean): RawFrame;
  fromFrame(frame: RawFrame): { readonly number: number; readonly program: Program; readonly prompt?: true };
}

/** Joins byte runs to one pool. */
export function pool(runs: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(runs.reduce((sum, run) => sum + run.length, 0));
  let at = 0;
  for (const run of runs) {
    joined.set(run, at);
    at += run.length;
  }
  return joined;
}

/** Hands out the next items of a table or a pool; too few left is an error of the sender, told as in nameOf. */
export class Cursor<T extends { slice(from: number, to: number): T; readonly length: number }> {
  readonly #items: T;
  readonly #what: string;
  #at = 0;
  constructor(items: T, what: string) {
    this.#items = items;
    this.#what = what;
  }
  next(count: number): T {
    if (count > this.#items.length - this.#at)
      throw new ProtocolError(`more ${this.#what} are counted than the ${this.#items.length} there are`);
    this.#at += count;
    return this.#items.slice(this.#at - count, this.#at);
  }
  end(): void {
    if (this.#at !== this.#items.length)
      throw new ProtocolError(`only ${this.#at} of ${this.#items.length} ${this.#what} are counted`);
  }
}

/** Short name of an enum's number, or a ProtocolError: what is wrong, to which the codec adds whose frame it is. */
export function nameOf<T extends string>(names: Names, value: unknown, what: string): T {
  const name = names.toName.get(value as number);
  if (name === undefined) throw new ProtocolError(`${what} ${String(value)} is unknown`);
  return name as T;
}

export function programCodec(description: ProtocolDescription): ProgramCodec {
  const kinds = enumNames(description, 'proto_value');
  const ops = enumNames(description, 'proto_op');
  const access = enumNames(description, 'proto_access');
  const align = enumNames(description, 'proto_align');
  const sources = enumNames(description, 'proto_source');
  const gather = enumNames(description, 'proto_program_flag').toNumber.get('gather')!;

  const valueOut = (value: Value): Fields => {
    const kind = kinds.toNumber.get(value.kind)!;
    if (value.kind === 'const') return { kind, number: value.value };
    if (value.kind === 'address') return { kind, index: value.buffer, number: value.offset ?? 0n };
    const { slot, shift = 0, mask = ALL_ONES, add = 0n } = value;
    return { kind, index: slot, number: add, mask, shift };
  };
  const valueIn = (row: Fields): Value => {
    const kind = nameOf<Value['kind']>(kinds, row.kind, 'kind of value');
    const index = row.index as number;
    const number = row.number as bigint;
    if (kind === 'const') return { kind, value: number };
    if (kind === 'address')
      return number === 0n
        ? { kind, buffer: index }
        : { kind, buffer: index, offset: BigInt.asIntN(64, number) };
    const shift = row.shift as number;
    const mask = row.mask as bigint;
    return {
      kind,
      slot: index,
      ...(shift !== 0 && { shift }),
      ...(mask !== ALL_ONES && { mask }),
      ...(number !== 0n && { add: BigInt.asIntN(64, number) }),
    };
  };
  const captureOut = (capture: Capture): Fields => {
    const { slot, from } = capture;
    const source = sources.toNumber.get(from)!;
    if (from === 'return') return { slot, source };
    const { buffer, offset, width } = capture;
    return { slot, source, buffer, offset, width };
  };
  const captureIn = (row: Fields): Capture => {
    const slot = row.slot as number;
    const from = nameOf<Capture['from']>(sources, row.source, 'source of a capture');
    if (from === 'return') return { slot, from };
    const { buffer, offset, width } = row as { buffer: number; offset: number; width: 1 | 2 | 4 | 8 };
    return { slot, from, buffer, offset, width };
  };

  return {
    toFrame(number, program, prompt) {
      const { buffers, steps } = program;
      const fills = steps.flatMap(step => step.fills ?? []);
      return {
        type: 'program',
        fields: { program: number, slot_count: program.slots, flags: prompt ? 0 : gather },
        tables: {
          buffers: buffers.map(buffer => ({
            size: buffer.size,
            data_length: buffer.data.length,
            access: access.toNumber.get(buffer.access)!,
            align: align.toNumber.get(buffer.align)!,
          })),
          steps: steps.map(step => ({
            op: ops.toNumber.get(step.op)!,
            argument_count: step.args.length,
            fill_count: step.fills?.length ?? 0,
            patch_count: step.patches?.length ?? 0,
            capture_count: step.captures?.length ?? 0,
            deadline: step.deadline,
          })),
          values: steps.flatMap(step => step.args.map(valueOut)),
          fills: fills.map(({ buffer, offset, bytes }) => ({ buffer, offset, length: bytes.length })),
          patches: steps.flatMap(step =>
            (step.patches ?? []).map(({ buffer, offset, width, value }) => ({
              buffer,
              offset,
              width,
              value: valueOut(value),
            })),
          ),
          captures: steps.flatMap(step => (step.captures ?? []).map(captureOut)),
        },
        bytes: { bytes: pool([...buffers.map(buffer => buffer.data), ...fills.map(fill => fill.bytes)]) },
      };
    },
    fromFrame({ fields, tables, bytes }) {
      const data = new Cursor(bytes.bytes!, 'bytes');
      const values = new Cursor(tables.values as Fields[], 'arguments');
      const fills = new Cursor(tables.fills as Fields[], 'fills');
      const patches = new Cursor(tables.patches as Fields[], 'patches');
      const captures = new Cursor(tables.captures as Fields[], 'captures');
      const buffers = tables.buffers!.map(
        (row): Buffer => ({
          size: row.size as number,
          data: data.next(row.data_length as number),
          access: nameOf(access, row.access, 'access'),
          align: nameOf(align, row.align, 'alignment'),
        }),
      );
      const steps = tables.steps!.map((row): Step => {
        const stepFills = fills.next(row.fill_count as number).map(
          (fill): Fill => ({
            buffer: fill.buffer as number,
            offset: fill.offset as number,
            bytes: data.next(fill.length as number),
          }),
        );
        const stepPatches = patches.next(row.patch_count as number).map(
          (patch): Relocation => ({
            buffer: patch.buffer as number,
            offset: patch.offset as number,
            width: patch.width as Relocation['width'],
            value: valueIn(patch.value as Fields),
          }),
        );
        const stepCaptures = captures.next(row.capture_count as number).map(captureIn);
        return {
          op: nameOf(ops, row.op, 'op'),
          args: values.next(row.argument_count as number).map(valueIn),
          ...(stepFills.length > 0 && { fills: stepFills }),
          ...(stepPatches.length > 0 && { patches: stepPatches }),
          ...(stepCaptures.length > 0 && { captures: stepCaptures }),
          deadline: row.deadline as number,
        };
      });
      for (const cursor of [data, values, fills, patches, captures]) cursor.end();
      return {
        number: fields.program as number,
        program: { buffers, slots: fields.slot_count as number, steps },
        ...(((fields.flags as number) & gather) === 0 && { prompt: true as const }),
      };
    },
  };
}
