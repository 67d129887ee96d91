/** Messages of a reporter: an object of pairs of a name and a text (include/uapi/linux/devlink.h: DEVLINK_ATTR_FMSG_*). */
import type { Fields, FieldValue } from '../../schemas/index.ts';

/** DEVLINK_VAR_ATTR_TYPE_STRING */
const STRING = 10n;
const begin = (what: string): Fields[number] => [`fmsg-${what}-nest-start`, true];
const END: Fields[number] = ['fmsg-nest-end', true];

export function messageOf(pairs: readonly (readonly [name: string, text: string])[]): Fields {
  const text = (words: string): FieldValue => new TextEncoder().encode(`${words}\0`);
  return [
    begin('obj'),
    ...pairs.flatMap(
      ([name, words]): Fields => [
        begin('pair'),
        ['fmsg-obj-name', name],
        ['fmsg-obj-value-type', STRING],
        ['fmsg-obj-value-data', text(words)],
        END,
      ],
    ),
    END,
  ];
}
