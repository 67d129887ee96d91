/** What the meta-schema cannot say: every name in a description exists, every output has a rule. */

import { isErrno } from '../errno/errno.ts';
import type { Semantics } from '../generated/types/semantics.ts';
import { layoutOf, type TypeTable } from '../layout/index.ts';
import { InvalidData } from '../validate/validate.ts';
import type { CallDescription } from './catalogue.ts';
import { ruleName, walk } from './rules.ts';

function* fieldNames(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* fieldNames(item);
  else if (value && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'field' && typeof item === 'string') yield item;
      else yield* fieldNames(item);
    }
  }
}

/** What is described although no header has a request for it. */
const WITHOUT_REQUEST: readonly string[] = ['open', 'ioctl', 'mmap', 'unbind'];

/** Throws InvalidData when a call's description does not fit its facts. */
export function checkCall(call: CallDescription, types: TypeTable): void {
  const fail = (what: string): never => {
    throw new InvalidData(`${call.path}: ${what}`);
  };
  const semantics: Semantics = call.semantics;
  const described = Object.keys(semantics.fields);
  if (!WITHOUT_REQUEST.includes(semantics.call)) {
    if (!call.request)
      fail(`no header has an ioctl named ${semantics.call}; expected a request macro of the facts`);
    if (call.argument) {
      const members = layoutOf(types, call.argument, 'x86_64').fields.map(field => field.path);
      const missing = members.filter(member => !described.includes(member));
      const extra = described.filter(name => !members.includes(name));
      if (missing.length)
        fail(`fields lacks ${missing.join(', ')} of struct ${call.argument}; every member needs a role`);
      if (extra.length) fail(`fields has ${extra.join(', ')}, which struct ${call.argument} does not have`);
    }
  }
  const elements = [...walk(semantics.body)].flatMap(rule => ('each' in rule ? [rule.each] : []));
  for (const name of fieldNames(semantics.body)) {
    if (!described.includes(name) && !elements.includes(name.split('.')[0]!))
      fail(`the body uses the field ${name}, which fields does not describe`);
  }
  for (const rule of walk(semantics.body)) {
    if ('check' in rule && !isErrno(rule.errno))
      fail(`the check ${rule.check} has ${rule.errno}, which is no errno`);
  }
  const names = [...walk(semantics.body)].filter(rule => !('select' in rule && !rule.id)).map(ruleName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) fail(`two rules are named ${twice}; give one of them an id`);
  if (call.request && semantics.body.some(rule => 'handler' in rule))
    fail('only the dispatch body has a handler');
  // In a skeleton nobody has written the body yet.
  if (semantics.questions) return;
  for (const [name, field] of Object.entries(semantics.fields)) {
    if (field.direction !== 'out' && field.direction !== 'inout') continue;
    // An array is written as memory; the rule then bears its name.
    const written = [...walk(semantics.body)].some(
      rule => ('set' in rule && rule.set === name) || ('write' in rule && rule.id === name),
    );
    if (!written) fail(`${name} is an output, but no rule of the body sets it`);
  }
}
