/** The named predicate `ethosu_command_stream`. */
import type { Parameter, Predicate } from '../predicate.ts';
import { isU65 } from './commands.ts';
import { decide } from './decide.ts';
import { good } from './good.ts';
import { PROPERTIES } from './reach.ts';
import { RULES } from './rules.ts';
import { witnesses } from './witness.ts';

export { type Copy, type FeatureMap, type Place, StreamBuilder } from './build.ts';
export { NO_SCALE_BUFFER, type OperationName, type RegisterName } from './commands.ts';
export { type PlainCopy, plainCopies } from './copies.ts';

const NPU_ID = 'npu.id';

const u65 = (param: Parameter): boolean => isU65(param(NPU_ID));

export const ethosuCommandStream: Predicate = {
  name: 'ethosu_command_stream',
  sentence:
    'An Ethos-U command stream: whole commands, the last and only the last NPU_OP_STOP, in which every operation finds set what its reach is computed from.',
  rules: RULES,
  params: [NPU_ID],
  properties: PROPERTIES,
  decide: (bytes, param) => decide(bytes, param(NPU_ID)),
  good: (param, choose) => good(u65(param), choose),
  witnesses(rule, param) {
    const found = witnesses(u65(param)).get(rule);
    if (found === undefined)
      throw new RangeError(
        `ethosu_command_stream has no rule ${rule}; expected one of ${RULES.map(each => each.name).join(', ')}.`,
      );
    return found;
  },
};
