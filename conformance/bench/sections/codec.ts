/** What the binary protocol costs on this side, beside what the runtime has built in. */
import { deserialize, serialize } from 'node:v8';
import { type Message, protocol, protocolCodec } from '../../../schemas/index.ts';
import { compare, timed } from '../measure.ts';
import { openModel, validateCases } from '../model.ts';
import type { Section } from '../section.ts';

const JSON_GOAL = {
  ratio: 1,
  why: 'A format of its own that is slower than JSON would need another reason to exist.',
};
const V8_GOAL = {
  ratio: 0.2,
  why: 'v8.serialize is C++ and checks nothing; the codec is TypeScript, fixes every byte for executors in C, and checks sums, counts and names.',
};

/** JSON knows neither large integers nor bytes: both travel as text with a mark. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'bigint') return `n${each}`;
    if (each instanceof Uint8Array) return `b${Buffer.from(each).toString('base64')}`;
    return each;
  });
}

/** No other text of a message begins with these marks and goes on like this. */
function fromJson(text: string): unknown {
  return JSON.parse(text, (_, each: unknown) => {
    if (typeof each !== 'string') return each;
    if (/^n-?\d+$/.test(each)) return BigInt(each.slice(1));
    return each.startsWith('b') ? new Uint8Array(Buffer.from(each.slice(1), 'base64')) : each;
  });
}

export const codec: Section = {
  name: 'codec',
  summary: 'frames of the protocol encoded and decoded',
  async measure({ quick, seed }) {
    const { link, context } = await openModel(seed);
    const messages: Message[] = [];
    let steps = 0;
    for (const [number, { program }] of validateCases(context).entries()) {
      const trace = await link.run(program);
      steps += trace.results.length;
      messages.push({ type: 'program', number, program });
      messages.push(...trace.results.map((result): Message => ({ type: 'result', number, result })));
      messages.push({ type: 'end', number, end: trace.end });
    }
    const binary = protocolCodec(protocol);
    const both = (through: (message: Message) => Message | undefined) => () => {
      for (const message of messages)
        if (through(message)?.type !== message.type) throw new Error(`a ${message.type} did not come back`);
      return steps;
    };
    const reader = binary.reader('the bench');
    const ours = both(message => [...reader.push(binary.encode(message))][0]);
    const json = both(message => fromJson(toJson(message)) as Message);
    const v8 = both(message => deserialize(serialize(message)) as Message);
    const what = 'steps of programs and traces, both ways';
    const row = { what, unit: 'steps', ours: () => timed(ours) };
    const repetitions = quick ? 3 : 15;
    return {
      rests: 'this process alone; programs and traces of one validate on the model, a frame at a time',
      rows: [
        await compare(
          {
            ...row,
            against: 'JSON.stringify and parse, with text for bytes and 64 bits',
            theirs: () => timed(json),
            goal: JSON_GOAL,
          },
          repetitions,
        ),
        await compare(
          { ...row, against: 'v8.serialize and deserialize', theirs: () => timed(v8), goal: V8_GOAL },
          repetitions,
        ),
      ],
    };
  },
};
