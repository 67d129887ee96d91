/** Cases from the checks of a description: each violated alone, between two good calls. */

import { ACCEL_MAJOR, FileTree, firstCheck, Machine } from '../../reference/index.ts';
import {
  type CallDescription,
  type CheckRule,
  checks,
  fieldOf,
  type InversionEnvironment,
  type Program,
  type Proposal,
  violations,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import type { Argument, CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { poisonTargets } from './output.ts';

function inversionEnvironment(
  context: PlanContext,
  maker: CallMaker,
  call: CallDescription,
  good: Readonly<Record<string, Argument>>,
): InversionEnvironment {
  const { types } = context.driver;
  return {
    constant: name => types.constantValue(name),
    param: name =>
      name === 'page_size' ? BigInt(context.hello.pageSize) : BigInt(context.params.get(name) ?? 0),
    text: name => String(context.params.get(name) ?? ''),
    sizeof: () => 0n,
    values: set =>
      (set.constants ?? types.enums.get(set.enum!)!.members.map(member => member.name)).map(name =>
        types.constantValue(name),
      ),
    bits: field => fieldOf(maker.layout(call), field).size * 8,
    field: path => (typeof good[path] === 'bigint' ? (good[path] as bigint) : 0n),
  };
}

/** Memory that a pointer member leads to, of the kind that a proposal asks for. */
function memory(maker: CallMaker, kind: Extract<Proposal, { kind: 'memory' }>['memory']): Argument {
  if (kind === 'kernel') return constant(0xffff_8000_0000_0000n);
  return addressOf(maker.builder.buffer(64, { access: kind, align: 'start' }));
}

/** Which probes the model refuses by exactly this check. */
function effective(
  context: PlanContext,
  program: Program,
  probes: readonly number[],
  check: CheckRule,
): boolean[] {
  const { driver, hello, params, minor, nodePath } = context;
  const files = new FileTree();
  files.add(nodePath, { kind: 'character', major: ACCEL_MAJOR, minor, mode: 0 });
  const machine = new Machine(
    { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath, oracle: firstCheck, files },
    program,
  );
  const rules = program.steps.map(step => {
    machine.prepare(step);
    const outcome = machine.run(step);
    machine.capture(step, outcome.ret);
    return outcome.rule;
  });
  return probes.map(probe => rules[probe] === check);
}

/** The case of one check: every change that violates it and nothing else, with a good call before and after. */
export function checkCase(
  context: PlanContext,
  call: CallDescription,
  check: CheckRule,
  family: string,
  clause: ClauseId,
  name: string,
): Case {
  const caseName = `${call.semantics.key}.${check.check}`;
  if (context.wanted?.({ clause, instance: `${call.name}.${name}` }) === false)
    return { name: caseName, family, program: new ProgramBuilder().build(), labels: [], instances: [] };
  const all = checkProgram(context, call, () => true, check);
  const kept = effective(context, all.builder.build(), all.probes, check);
  const sandwich = checkProgram(context, call, index => kept[index] === true, check);
  const { builder, good, probes } = sandwich;
  const instance: Instance = {
    clause,
    instance: `${call.name}.${name}`,
    ...sandwich.steps(),
    ...(good && probes.length === 0
      ? { notReached: 'no argument alone violates this check: it depends on the device' }
      : {}),
    ...('unknownBits' in check.when || 'unmatched' in check.when ? { newerMayDiffer: true } : {}),
  };
  return {
    name: caseName,
    family,
    program: builder.build(),
    labels: builder.labels,
    instances: [instance],
  };
}

function checkProgram(
  context: PlanContext,
  call: CallDescription,
  keep: (index: number) => boolean,
  check: CheckRule,
) {
  const sandwich = new Sandwich(context, call);
  const { builder, maker, good } = sandwich;
  const proposals = good ? violations(check.when, inversionEnvironment(context, maker, call, good)) : [];
  for (const [index, proposal] of proposals.entries()) {
    if (!keep(index)) continue;
    const values = sandwich.arguments();
    const changed = proposal.kind === 'value' ? proposal.value : memory(maker, proposal.memory);
    // The good call before has left its results there: a refused call that writes them again must show.
    poisonTargets(builder, values, 0x5a);
    sandwich.probe({ ...values, ...lengthFor(call, proposal), [proposal.field]: changed }, proposal.title);
  }
  return sandwich;
}

/** A pointer is only looked at when its length is not 0. */
function lengthFor(call: CallDescription, proposal: Proposal): Record<string, bigint> {
  const bytes = call.semantics.fields[proposal.field]?.target?.bytes;
  return proposal.kind === 'memory' && bytes ? { [bytes]: 16n } : {};
}

/** All checks of the ioctls whose clause is one of the given. */
export function checksOf(
  context: PlanContext,
  clauses: readonly string[],
): { call: CallDescription; check: CheckRule }[] {
  return ioctls(context.driver).flatMap(call =>
    checks(call.semantics.body)
      .filter(check => !check.optional && clauses.includes(check.clause))
      .map(check => ({ call, check })),
  );
}
