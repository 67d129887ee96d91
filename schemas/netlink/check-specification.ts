/** What the kernel's schema of a specification does not see: names that lead nowhere, numbers that are not the header's. */
import type { Ynl, YnlAttributeSet, YnlOperation } from '../generated/types/ynl.ts';
import type { ConstantFact } from '../layout/types.ts';
import { InvalidData } from '../validate/validate.ts';
import {
  attributeConstant,
  attributeNumbers,
  enumEntries,
  operationConstant,
  operationNumbers,
} from './names.ts';

type Constants = ReadonlyMap<string, ConstantFact>;

/** Throws an InvalidData that says what is wrong where. */
export function checkSpecification(path: string, spec: Ynl, constants: Constants): void {
  const fail = (sentence: string) => new InvalidData(`${path}: ${sentence}`);
  const number = (what: string, constant: string, value: number) => {
    const fact = constants.get(constant);
    if (!fact) throw fail(`${what} would be ${constant}, which the header does not have`);
    if (Number(fact.value) !== value)
      throw fail(`${what} has the number ${value}, but ${constant} is ${fact.value}`);
  };
  for (const definition of spec.definitions ?? [])
    for (const { name, constant, value } of enumEntries(spec, definition))
      number(`${name} of ${definition.name}`, constant, value);
  for (const set of spec['attribute-sets']) checkSet(spec, set, fail, number);
  const names = new Set<string>();
  const numbers = operationNumbers(spec);
  for (const operation of spec.operations.list) {
    if (names.has(operation.name)) throw fail(`the operation ${operation.name} stands there twice`);
    names.add(operation.name);
    const { request, reply } = numbers.get(operation.name)!;
    const constant = operationConstant(spec, operation);
    if (request !== undefined) number(`the operation ${operation.name}`, constant, request);
    else if (operation.notify || operation.event)
      number(`the notification ${operation.name}`, constant, reply ?? -1);
    else throw fail(`the operation ${operation.name} has no number`);
    checkMessages(spec, operation, fail);
  }
}

function checkSet(
  spec: Ynl,
  set: YnlAttributeSet,
  fail: (sentence: string) => InvalidData,
  number: (what: string, constant: string, value: number) => void,
): void {
  const sets = spec['attribute-sets'];
  const whole = set['subset-of'] ? sets.find(each => each.name === set['subset-of']) : set;
  if (!whole) throw fail(`the set ${set.name} is a subset of ${set['subset-of']}, which is no set`);
  const numbers = attributeNumbers(set);
  for (const { name, enum: named, 'nested-attributes': nested } of set.attributes) {
    if (whole !== set && !whole.attributes.some(each => each.name === name))
      throw fail(`the set ${set.name} has ${name}, which ${whole.name} does not have`);
    if (nested && !sets.some(each => each.name === nested))
      throw fail(`${name} of ${set.name} leads to ${nested}, which is no set of attributes`);
    if (named && !spec.definitions?.some(each => each.name === named))
      throw fail(`${name} of ${set.name} has values of ${named}, which is not defined`);
    if (whole === set)
      number(`the attribute ${name} of ${set.name}`, attributeConstant(spec, set, name), numbers.get(name)!);
  }
}

function checkMessages(spec: Ynl, operation: YnlOperation, fail: (sentence: string) => InvalidData): void {
  const { name, notify, event, mcgrp } = operation;
  const set = spec['attribute-sets'].find(each => each.name === operation['attribute-set']);
  if (!set)
    throw fail(`${name} has attributes of ${operation['attribute-set']}, which is no set of attributes`);
  const messages = [operation.do, operation.dump].flatMap(each => [each?.request, each?.reply]);
  for (const attribute of [...messages, event].flatMap(message => message?.attributes ?? []))
    if (!set.attributes.some(each => each.name === attribute))
      throw fail(`${name} has the attribute ${attribute}, which the set ${set.name} does not have`);
  if (notify && !spec.operations.list.some(each => each.name === notify))
    throw fail(`the notification ${name} looks like ${notify}, which is no operation`);
  if ((notify || event) && !mcgrp) throw fail(`the notification ${name} goes to no multicast group`);
  if (mcgrp && !spec['mcast-groups']?.list.some(each => each.name === mcgrp))
    throw fail(`the notification ${name} goes to the group ${mcgrp}, which the family does not have`);
}
