/** Every frame of the protocol as a typed message, to bytes and back. */

import type {
  AbiName,
  Diff,
  Hash,
  Hello,
  LogRecord,
  Program,
  ProgramEnd,
  StepResult,
  StepStatus,
} from '../program/program.ts';
import { enumNames, type ProtocolDescription } from './description.ts';
import { compileFrames, encodeFrame, type RawFrame } from './frame.ts';
import { Cursor, nameOf, pool, programCodec } from './program-codec.ts';
import { ProtocolError } from './protocol-error.ts';
import { FrameReader } from './reader.ts';
import type { Fields } from './record.ts';

/** `number` says which program a message belongs to. */
export type Message =
  | { readonly type: 'hello'; readonly hello: Hello }
  | {
      readonly type: 'program';
      readonly number: number;
      readonly program: Program;
      /** Every RESULT is wanted as soon as its step ended. */
      readonly prompt?: true;
    }
  | { readonly type: 'result'; readonly number: number; readonly result: StepResult }
  | { readonly type: 'log'; readonly number: number; readonly record: LogRecord }
  | { readonly type: 'end'; readonly number: number; readonly end: ProgramEnd }
  | { readonly type: 'error'; readonly number: number; readonly text: string }
  | { readonly type: 'bye' };

export interface Codec {
  /** The bytes of one whole frame. */
  encode(message: Message): Uint8Array;
  /** Reads a stream; `peer` names the other side in sentences. */
  reader(peer: string): MessageReader;
}

export interface MessageReader {
  /** Messages that this chunk completes; throws a ProtocolError at the first thing that is none. */
  push(chunk: Uint8Array): Generator<Message>;
  /** The stream has ended; throws a ProtocolError when that is within a frame. */
  end(): void;
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The codec of a description; for the protocol of this kit see `schemas/generated/protocol.ts`. */
export function protocolCodec(description: ProtocolDescription): Codec {
  const frames = compileFrames(description);
  const programs = programCodec(description);
  const abis = enumNames(description, 'proto_abi');
  const statuses = enumNames(description, 'proto_status');
  const ends = enumNames(description, 'proto_end_status');
  const features = enumNames(description, 'proto_feature').toNumber;
  const bits = (['log', 'lanes', 'netlink', 'copy'] as const).map(
    name => [name, features.get(name)!] as const,
  );

  const resultFrame = (number: number, result: StepResult): RawFrame => ({
    type: 'result',
    fields: {
      program: number,
      step: result.step,
      status: statuses.toNumber.get(result.status)!,
      error: result.errno,
      signal: result.signal,
      ret: result.ret,
      before: result.before,
      after: result.after,
    },
    tables: {
      diffs: result.diffs.map(({ buffer, offset, bytes }) => ({ buffer, offset, length: bytes.length })),
      hashes: result.hashes.map(({ buffer, crc32 }) => ({ buffer, crc32 })),
    },
    bytes: { bytes: pool(result.diffs.map(diff => diff.bytes)) },
  });
  const resultOf = ({ fields, tables, bytes }: RawFrame): StepResult => {
    const data = new Cursor(bytes.bytes!, 'bytes');
    const diffs = tables.diffs!.map(
      (row): Diff => ({
        buffer: row.buffer as number,
        offset: row.offset as number,
        bytes: data.next(row.length as number),
      }),
    );
    data.end();
    return {
      step: fields.step as number,
      status: nameOf<StepStatus>(statuses, fields.status, 'status of a step'),
      ret: fields.ret as bigint,
      errno: fields.error as number,
      signal: fields.signal as number,
      before: fields.before as bigint,
      after: fields.after as bigint,
      diffs,
      hashes: tables.hashes!.map(
        (row): Hash => ({ buffer: row.buffer as number, crc32: row.crc32 as number }),
      ),
    };
  };
  const plain = (type: string, fields: Fields, bytes: Record<string, string>): RawFrame => ({
    type,
    fields,
    tables: {},
    bytes: Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, utf8.encode(value)])),
  });

  const toFrame = (message: Message): RawFrame => {
    switch (message.type) {
      case 'hello': {
        const { hello } = message;
        const fields = {
          protocol: hello.protocol,
          abi: abis.toNumber.get(hello.abi)!,
          page_size: hello.pageSize,
          diff_limit: hello.diffLimit,
          uid: hello.uid,
          features: bits.reduce((sum, [name, bit]) => sum | (hello[name] ? bit : 0), 0),
          capabilities: hello.capabilities,
          taint: hello.taint,
        };
        return plain('hello', fields, { release: hello.release, boot_id: hello.bootId });
      }
      case 'program':
        return programs.toFrame(message.number, message.program, message.prompt === true);
      case 'result':
        return resultFrame(message.number, message.result);
      case 'log': {
        const { step, level } = message.record;
        return plain('log', { program: message.number, step, level }, { text: message.record.text });
      }
      case 'end': {
        const { status, taint, stack } = message.end;
        const fields = { program: message.number, status: ends.toNumber.get(status)!, taint };
        return plain('end', fields, { stack });
      }
      case 'error':
        return plain('error', { program: message.number }, { text: message.text });
      case 'bye':
        return plain('bye', {}, {});
    }
  };

  const fromFrame = (frame: RawFrame): Message => {
    const { fields, bytes } = frame;
    const number = fields.program as number;
    switch (frame.type) {
      case 'hello':
        return {
          type: 'hello',
          hello: {
            protocol: fields.protocol as number,
            abi: nameOf<AbiName>(abis, fields.abi, 'ABI'),
            pageSize: fields.page_size as number,
            release: text.decode(bytes.release),
            bootId: text.decode(bytes.boot_id),
            uid: fields.uid as number,
            capabilities: fields.capabilities as bigint,
            log: false,
            ...Object.fromEntries(
              bits
                .filter(([, bit]) => ((fields.features as number) & bit) !== 0)
                .map(([name]) => [name, true]),
            ),
            taint: fields.taint as bigint,
            diffLimit: fields.diff_limit as number,
          },
        };
      case 'program':
        return { type: 'program', ...programs.fromFrame(frame) };
      case 'result':
        return { type: 'result', number, result: resultOf(frame) };
      case 'log': {
        const record = {
          step: fields.step as number,
          level: fields.level as number,
          text: text.decode(bytes.text),
        };
        return { type: 'log', number, record };
      }
      case 'end': {
        const status = nameOf<ProgramEnd['status']>(ends, fields.status, 'status of a program');
        const end = { status, taint: fields.taint as bigint, stack: text.decode(bytes.stack) };
        return { type: 'end', number, end };
      }
      case 'error':
        return { type: 'error', number, text: text.decode(bytes.text) };
      default:
        return { type: 'bye' };
    }
  };

  /** Says of a frame that makes no sense who sent it. */
  const understood = (peer: string, frame: RawFrame): Message => {
    try {
      return fromFrame(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ProtocolError(
        `${peer} sent what this kit cannot read: in its ${frame.type} frame ${error.message}; rebuild it from this kit`,
      );
    }
  };

  return {
    encode: message => encodeFrame(frames, toFrame(message)),
    reader(peer) {
      const reader = new FrameReader(frames, peer);
      return {
        *push(chunk) {
          for (const frame of reader.push(chunk)) yield understood(peer, frame);
        },
        end: () => reader.end(),
      };
    },
  };
}
