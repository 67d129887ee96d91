/** Takes out of answers what the kernel chooses, so that they can be compared: times, and bytes of chance. */
import { type Fields, type FieldValue, fieldValue } from '../../../schemas/index.ts';
import type { Answer, Exchange } from '../answers.ts';

const TIMES: ReadonlySet<string> = new Set(['health-reporter-dump-ts', 'health-reporter-dump-ts-ns']);
const [TYPE, DATA] = ['fmsg-obj-value-type', 'fmsg-obj-value-data'];
/** DEVLINK_VAR_ATTR_TYPE_BINARY. */
const BINARY = 11n;

export function settleFields(fields: Fields): Fields {
  return fields.map(([name, value]): readonly [string, FieldValue] => {
    if (TIMES.has(name)) return [name, value === 0n ? 0n : 'a time'];
    if (name === 'fmsg' && Array.isArray(value)) return [name, settleMessage(value as Fields)];
    return [name, Array.isArray(value) ? settleFields(value as Fields) : value];
  });
}

/**
 * Pieces of a binary value become their length; a type whose value is in the next piece counts once; and what ends
 * though it did not begin is left out, since it is told of by itself.
 */
function settleMessage(items: Fields): Fields {
  const made: [string, FieldValue][] = [];
  let depth = 0;
  for (const [index, [name, value]] of items.entries()) {
    if (name.endsWith('-nest-start')) depth += 1;
    if (name === 'fmsg-nest-end') {
      if (depth < 2 && index < items.length - 1) continue;
      depth -= 1;
    }
    if (name === TYPE && items[index + 1]?.[0] === TYPE) continue;
    const binary = name === DATA && made.at(-1)?.[0] === TYPE && made.at(-1)?.[1] === BINARY;
    if (!binary) {
      made.push([name, value]);
      continue;
    }
    const bytes = BigInt((value as Uint8Array).length);
    const before = made.at(-2);
    if (before?.[0] === DATA && typeof before[1] === 'bigint') {
      before[1] += bytes;
      made.pop();
    } else made.push([DATA, bytes]);
  }
  return made;
}

/** The parts of a message that came in several. */
export function messageOf(answers: readonly Answer[]): Fields | undefined {
  const parts = answers.flatMap(answer => {
    const part = answer.kind === 'reply' ? fieldValue(answer.fields, 'fmsg') : undefined;
    return Array.isArray(part) ? [part as Fields] : [];
  });
  return parts.length === 0 ? undefined : parts.flat();
}

export function settleExchanges(exchanges: Exchange[]): Exchange[] {
  return exchanges.map(exchange => {
    const whole = messageOf(exchange.answers);
    const first = exchange.answers.find(({ kind }) => kind === 'reply');
    const answers = exchange.answers
      .filter(answer => !whole || answer === first || answer.kind !== 'reply')
      .map(answer => {
        if (answer.kind !== 'reply') return answer;
        return { ...answer, fields: settleFields(whole ? [['fmsg', whole]] : answer.fields) };
      });
    return { ...exchange, answers };
  });
}
