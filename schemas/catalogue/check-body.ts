/** Every rule of a body is complete, and every name in it exists. */
import { isErrno } from '../errno/errno.ts';
import type { OutputRule, Rule, Term } from '../generated/types/semantics.ts';
import { fieldOf, layoutOf } from '../layout/index.ts';
import { type DataPath, refuse } from '../validate/invalid-data.ts';
import {
  checkCondition,
  checkObject,
  checkPredicate,
  checkStep,
  checkTerm,
  checkTextParam,
  findMember,
  known,
  type Scope,
} from './check-formula.ts';
import type { Body, EachRule, WriteRule } from './rules.ts';

export function checkBody(scope: Scope, body: Body, at: DataPath): void {
  for (const [index, rule] of body.entries()) checkRule(scope, rule, [...at, index]);
}

function checkRule(scope: Scope, rule: Rule, at: DataPath): void {
  const terms = (list: Readonly<Record<string, unknown>> | undefined, below: DataPath) => {
    for (const [name, term] of Object.entries(list ?? {})) checkTerm(scope, term as never, [...below, name]);
  };
  const names = (list: readonly string[] | undefined, below: string) => {
    for (const [index, name] of (list ?? []).entries()) checkObject(scope, name, [...at, below, index]);
  };
  if ('check' in rule) {
    if (!isErrno(rule.errno))
      refuse(scope.path, [...at, 'errno'], `the check ${rule.check} has ${rule.errno}, which is no errno`);
    checkCondition(scope, rule.when, [...at, 'when']);
  } else if ('select' in rule) {
    for (const [index, branch] of rule.select.entries()) {
      checkCondition(scope, branch.when, [...at, 'select', index, 'when']);
      checkBody(scope, branch.do, [...at, 'select', index, 'do']);
    }
    checkBody(scope, rule.otherwise ?? [], [...at, 'otherwise']);
  } else if ('each' in rule) checkEach(scope, rule, at);
  else if ('find' in rule) {
    if (rule.descriptor === undefined ? rule.handle === undefined || rule.resource === undefined : !rule.kind)
      refuse(scope.path, at, `find ${rule.find} needs handle and resource, or descriptor and kind`);
    if (rule.handle !== undefined) checkTerm(scope, rule.handle, [...at, 'handle']);
    if (rule.descriptor !== undefined) checkTerm(scope, rule.descriptor, [...at, 'descriptor']);
  } else if ('create' in rule) {
    terms(rule.properties, [...at, 'properties']);
    if (rule.derive) {
      checkPredicate(scope, rule.derive.predicate, [...at, 'derive', 'predicate']);
      checkTerm(scope, rule.derive.at, [...at, 'derive', 'at']);
      checkTerm(scope, rule.derive.length, [...at, 'derive', 'length']);
    }
  } else if ('assign' in rule) {
    checkObject(scope, rule.assign.split('.')[0]!, [...at, 'assign']);
    checkTerm(scope, rule.to, [...at, 'to']);
  } else if ('attach' in rule) {
    checkObject(scope, rule.attach, [...at, 'attach']);
    checkObject(scope, rule.to, [...at, 'to']);
    if (rule.as !== undefined) checkTerm(scope, rule.as, [...at, 'as']);
  } else if ('effect' in rule) {
    terms(rule.of as never, [...at, 'of']);
    names(rule.objects, 'objects');
  } else if ('release' in rule) checkTerm(scope, rule.release, [...at, 'release']);
  else if ('set' in rule) {
    // What open answers is no member.
    if (rule.set !== 'return' || scope.layout) findMember(scope, rule.set, [...at, 'set']);
    checkOutput(scope, rule.to, [...at, 'to']);
  } else if ('write' in rule) checkWrite(scope, rule, at);
  else if ('handler' in rule) checkBody(scope, rule.before ?? [], [...at, 'before']);
}

function checkEach(scope: Scope, rule: EachRule, at: DataPath): void {
  const laidOut = rule.struct !== undefined ? rule.struct : undefined;
  const layout =
    laidOut === undefined
      ? undefined
      : known(scope, [...at, 'struct'], () => layoutOf(scope.types, laidOut, 'x86_64'));
  if (rule.member !== undefined) {
    const member = findMember(scope, rule.member, [...at, 'member']);
    if (!member?.array)
      refuse(scope.path, [...at, 'member'], `each ${rule.each} goes over ${rule.member}, which is no array`);
    if (layout && member.array.stride < layout.size)
      refuse(scope.path, [...at, 'struct'], `an element of ${rule.member} is smaller than ${layout.name}`);
    if (member.array.length === null && rule.count === undefined)
      refuse(scope.path, at, `each ${rule.each} goes over ${rule.member}, which has no length; give count`);
  } else if (rule.at === undefined || rule.count === undefined)
    refuse(scope.path, at, `each ${rule.each} needs member, or at and count`);
  if (rule.at !== undefined) checkTerm(scope, rule.at, [...at, 'at']);
  if (rule.count !== undefined) checkTerm(scope, rule.count, [...at, 'count']);
  if (rule.stride !== undefined) {
    if (rule.member !== undefined)
      refuse(scope.path, [...at, 'stride'], `the elements of ${rule.member} have the size of the header`);
    checkTerm(scope, rule.stride, [...at, 'stride']);
  }
  const elements = new Map([...scope.elements, [rule.each, layout] as const]);
  checkBody({ ...scope, elements }, rule.do, [...at, 'do']);
}

function checkOutput(scope: Scope, to: OutputRule, at: DataPath): void {
  if ('equals' in to) checkTerm(scope, to.equals, [...at, 'equals']);
  else if ('fresh' in to) {
    checkObject(scope, to.object, [...at, 'object']);
    if (to.aligned !== undefined) checkAlignment(scope, to.aligned, [...at, 'aligned']);
  } else if ('descriptor' in to) {
    checkObject(scope, to.object, [...at, 'object']);
    if (to.closeOnExec) checkCondition(scope, to.closeOnExec, [...at, 'closeOnExec']);
  } else if ('stable' in to) {
    checkObject(scope, to.stable.split('.')[0]!, [...at, 'stable']);
    if (to.aligned !== undefined) checkAlignment(scope, to.aligned, [...at, 'aligned']);
    if (to.from !== undefined) checkTerm(scope, to.from, [...at, 'from']);
    if (to.upTo !== undefined) checkTerm(scope, to.upTo, [...at, 'upTo']);
  } else if ('range' in to)
    for (const [index, term] of to.range.entries()) checkTerm(scope, term, [...at, 'range', index]);
  else if ('model' in to)
    for (const [index, term] of (to.of ?? []).entries()) checkTerm(scope, term, [...at, 'of', index]);
}

function checkAlignment(scope: Scope, step: Term, at: DataPath): void {
  checkTerm(scope, step, at);
  checkStep(scope, step, at);
}

function checkWrite(scope: Scope, rule: WriteRule, at: DataPath): void {
  const { write } = rule;
  checkTerm(scope, rule.at, [...at, 'at']);
  checkTerm(scope, rule.length, [...at, 'length']);
  if (rule.rest) checkTerm(scope, rule.rest.length, [...at, 'rest', 'length']);
  if (rule.element !== undefined && !scope.elements.has(rule.element))
    refuse(scope.path, [...at, 'element'], `there is no each ${rule.element} around this`);
  if ('text' in write) checkTextParam(scope, write.text, [...at, 'write', 'text']);
  else if ('number' in write) checkTerm(scope, write.number, [...at, 'write', 'number']);
  else if ('struct' in write) {
    const struct = known(scope, [...at, 'write', 'struct'], () =>
      layoutOf(scope.types, write.struct, 'x86_64'),
    );
    for (const [name, term] of Object.entries(write.values)) {
      const place = [...at, 'write', 'values', name];
      if (!known(scope, place, () => fieldOf(struct, name)).scalar)
        refuse(scope.path, place, `${name} of ${write.struct} is not a single number`);
      checkTerm(scope, term as never, place);
    }
    for (const [index, name] of (write.unknown ?? []).entries()) {
      const place = [...at, 'write', 'unknown', index];
      if (name in write.values) refuse(scope.path, place, `${name} has a value already`);
      known(scope, place, () => fieldOf(struct, name));
    }
  } else if ('model' in write) {
    for (const [index, term] of (write.of ?? []).entries())
      checkTerm(scope, term, [...at, 'write', 'of', index]);
    for (const [index, name] of (write.objects ?? []).entries())
      checkObject(scope, name, [...at, 'write', 'objects', index]);
  }
}
