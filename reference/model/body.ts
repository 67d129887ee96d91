/**
 * Runs the ordered body of a call. First every rule is looked at without changing anything, so that all checks
 * that fail are known; then the oracle decides and the effects up to there happen.
 */
import {
  type Body,
  type CheckRule,
  type Condition,
  type ConditionFunction,
  conditionFunction,
  type EachRule,
  type Environment,
  evaluate,
  type FileKind,
  holds,
  type SetRule,
  split,
  type Term,
  type WriteRule,
} from '../../schemas/index.ts';
import { type KernelObject, newObject } from '../drm/objects.ts';
import type { Decision, Hit, Oracle, Place } from './oracle.ts';
import { bound, type Encoded, objects, outputValue, terms, writeMemory } from './output.ts';
import { type Behaviour, type Maybe, named, type Scene } from './scene.ts';
import { type BodyEnvironment, UNBOUND, Undetermined } from './unknown.ts';

/** The descriptors of the process that calls. */
export interface DescriptorTable {
  addDescriptor(descriptor: bigint, kind: FileKind, object: KernelObject, closeOnExec: boolean): void;
  lowestDescriptor(): bigint;
  /** One was opened whose number could not be seen. */
  descriptorUnseen(): void;
  descriptorInUse(descriptor: bigint): boolean;
}

/** An array inside a struct; one of no fixed length goes on in memory behind its struct. */
export interface MemberArray {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly stride: number;
}

/** What a body works on. */
export interface CallContext extends DescriptorTable {
  readonly name: string;
  readonly env: BodyEnvironment;
  readonly oracle: Oracle;
  readonly bindings: Map<string, KernelObject>;
  readonly environmental: readonly string[];
  /** Stores an output member. */
  setField(rule: SetRule, value: bigint): void;
  /** Where the number of an output member can be seen; undefined when it cannot. */
  visible(field: string): Place | undefined;
  /** Marks an output member whose number exists but cannot be seen. */
  unseen(rule: SetRule): void;
  writeUser(rule: WriteRule, address: bigint, bytes: Uint8Array): void;
  /** The call writes there what the driver decides. */
  unpredicted(rule: WriteRule, address: bigint, length: number): void;
  find(resource: string, handle: bigint): KernelObject | undefined;
  findDescriptor(descriptor: bigint, kind: FileKind): KernelObject | undefined;
  addHandle(resource: string, handle: bigint | undefined, object: KernelObject): void;
  removeHandle(resource: string, handle: bigint): void;
  lowestFree(resource: string, least: bigint, step: bigint): bigint;
  stable(name: string): Map<bigint, KernelObject>;
  /** Whether an object may be gone, and what it had be free. */
  mayBeGone(object: KernelObject): boolean;
  encodeStruct(type: string, values: ReadonlyMap<string, bigint>, unknown: readonly string[]): Encoded;
  /** What the model knows beyond the body. */
  readonly behaviour: Behaviour;
  readonly scene: Scene;
  /** The same call, looking at one element of an array. */
  element(rule: EachRule, element: Element): CallContext;
  /**
   * Between the checks and the effects, where nothing but a fault lets anything happen; gives the errno that such a
   * fault ends the call with. `again` tells whether a check would now fail.
   */
  checked?(again: () => boolean): string | undefined;
  /** Where an array member of the argument or of an outer element lies, and how many elements it has. */
  arrayOf(member: string): MemberArray | { address: bigint; stride: number };
}

/** One element of an array that an each looks at. */
export interface Element {
  readonly name: string;
  readonly index: bigint;
  readonly bytes: Uint8Array;
  /** Where it lies in user memory; undefined for one of an array member. */
  readonly address?: bigint;
}

export interface BodyResult {
  /** undefined on success. */
  readonly errno?: string;
  readonly rule?: CheckRule;
  readonly torn?: Hit['torn'];
  /** The check came after work had begun that goes on, as with the second job of a batch. */
  readonly begun?: boolean;
  /** Something had changed when the check came. */
  readonly changed?: boolean;
}

interface Plan {
  readonly hits: Hit[];
  readonly effects: (() => void)[];
  /** Marks what each effect may have written when the call fails for a reason of the machine somewhere between. */
  readonly perhaps: (() => void)[];
  /** What checks could not decide, each with the hit that it led to. */
  readonly undecided: { readonly maybe: Maybe; readonly hit?: Hit }[];
  /** Whether a check that fails for certain ends the look at the call. */
  readonly first: boolean;
  stopped: boolean;
  begun: boolean;
}

function tornRange(condition: Condition, env: Environment): Hit['torn'] {
  if (!('unwritable' in condition)) return undefined;
  return { address: evaluate(condition.unwritable[0], env), length: evaluate(condition.unwritable[1], env) };
}

/** A rule of a body; most are checks, whose conditions are found as functions once. */
type OtherRule = Exclude<Body[number], CheckRule>;
type Planned =
  | { readonly rule: CheckRule; readonly when: ConditionFunction }
  | { readonly rule: OtherRule; readonly when: undefined };

const planned = new WeakMap<Body, readonly Planned[]>();

function plannedOf(body: Body): readonly Planned[] {
  let known = planned.get(body);
  if (!known) {
    known = body.map(rule =>
      'check' in rule ? { rule, when: conditionFunction(rule.when) } : { rule, when: undefined },
    );
    planned.set(body, known);
  }
  return known;
}

function planBody(body: Body, context: CallContext, plan: Plan): void {
  for (const { rule, when } of plannedOf(body)) {
    if (plan.stopped) return;
    try {
      if (when) planCheck(rule, when, context, plan);
      else planRule(rule, context, plan);
    } catch (error) {
      if (error !== UNBOUND) throw error;
    }
  }
}

const NONE: readonly Maybe[] = [];

function planCheck(rule: CheckRule, when: ConditionFunction, context: CallContext, plan: Plan): void {
  const { env } = context;
  if (env.undecided.length > 0) env.undecided.length = 0;
  const held = when(env);
  context.oracle.looked?.(rule, held);
  const maybes = env.undecided.length > 0 ? env.undecided.splice(0) : NONE;
  if (!held) {
    for (const maybe of maybes) plan.undecided.push({ maybe });
    return;
  }
  const torn = tornRange(rule.when, env);
  const undecided = maybes.length > 0;
  const hit = {
    rule,
    effects: plan.effects.length,
    ...(torn ? { torn } : {}),
    ...(plan.begun ? { begun: true } : {}),
    ...(undecided ? { undecided } : {}),
  };
  plan.hits.push(hit);
  for (const maybe of maybes) plan.undecided.push({ maybe, hit });
  if ((rule.pinned || plan.first) && !rule.optional && !undecided) plan.stopped = true;
}

function planRule(rule: OtherRule, context: CallContext, plan: Plan): void {
  const { env } = context;
  context.oracle.looked?.(rule, true);
  if ('select' in rule) {
    const branch = rule.select.find(candidate => holds(candidate.when, env));
    planBody(branch ? branch.do : (rule.otherwise ?? []), context, plan);
  } else if ('find' in rule) {
    const object =
      rule.descriptor === undefined
        ? context.find(rule.resource!, evaluate(rule.handle!, env))
        : context.findDescriptor(evaluate(rule.descriptor, env), rule.kind!);
    if (object) context.bindings.set(rule.find, object);
    else context.bindings.delete(rule.find);
  } else if ('create' in rule) {
    const properties = Object.entries(rule.properties).map(([name, term]): [string, bigint] => [
      name,
      evaluate(term as Term, env),
    ]);
    const { derive } = rule;
    const derived = derive
      ? context.env.derived(derive.predicate, evaluate(derive.at, env), evaluate(derive.length, env))
      : [];
    context.bindings.set(rule.object, newObject(rule.create, [...properties, ...derived]));
  } else if ('each' in rule) planEach(rule, context, plan);
  else if ('assign' in rule) {
    const [name, property] = split(rule.assign);
    plan.effects.push(() => bound(context, name).properties.set(property, evaluate(rule.to, env)));
  } else if ('attach' in rule) {
    const to = bound(context, rule.to);
    to.attached ??= [];
    to.attached.push({
      object: bound(context, rule.attach),
      as: rule.as === undefined ? 0n : evaluate(rule.as, env),
    });
  } else if ('effect' in rule) {
    const effect = named(context.behaviour.effects, rule.effect);
    plan.begun = true;
    plan.effects.push(() => effect(context.scene, terms(rule.of, env), objects(rule.objects, context)));
  } else if ('release' in rule) {
    const handle = evaluate(rule.release, env);
    plan.effects.push(() => context.removeHandle(rule.resource, handle));
  } else if ('set' in rule) {
    plan.perhaps.push(() => context.unseen(rule));
    plan.effects.push(() => {
      const value = outputValue(rule, rule.to, context);
      if (value !== undefined) context.setField(rule, value);
      else context.unseen(rule);
    });
  } else if ('write' in rule) {
    plan.effects.push(() => writeMemory(rule, context));
  }
}

/** An array of more elements than this is nothing that a test makes; the outcome is left open. */
const MOST_ELEMENTS = 4096n;

function planEach(rule: EachRule, context: CallContext, plan: Plan): void {
  const run = (index: bigint, bytes: Uint8Array, address?: bigint) => {
    if (plan.stopped) return;
    const own = rule.refused === 'skipped' ? newPlan(false) : plan;
    const place = address === undefined ? {} : { address };
    planBody(rule.do, context.element(rule, { name: rule.each, index, bytes, ...place }), own);
    if (own !== plan) takeUpTo(own.hits[0], own, plan);
  };
  const array = rule.member === undefined ? undefined : context.arrayOf(rule.member);
  if (array && 'bytes' in array) {
    const { bytes, count, stride } = array;
    const wanted = rule.count === undefined ? BigInt(count) : evaluate(rule.count, context.env);
    // A driver that counts further than the member goes reads what lies behind it.
    if (wanted > BigInt(count)) throw new Undetermined(`${rule.member!} has only ${count} elements`);
    for (let at = 0; at < Number(wanted); at += 1)
      run(BigInt(at), bytes.subarray(at * stride, (at + 1) * stride));
    return;
  }
  const count = evaluate(rule.count!, context.env);
  const size = BigInt(
    array?.stride ??
      (rule.struct === undefined ? (rule.element === 'u64' ? 8 : 4) : context.env.sizeof(rule.struct)),
  );
  const stride = rule.stride === undefined ? size : evaluate(rule.stride, context.env);
  const start = array ? array.address : evaluate(rule.at!, context.env);
  for (let index = 0n; index < count && !plan.stopped; index += 1n) {
    if (index === MOST_ELEMENTS) throw new Undetermined(`${count} elements`);
    const address = start + index * stride;
    const bytes = context.env.bytes(address, size);
    if (!bytes) return;
    run(index, bytes, address);
  }
}

/** How the call ended tells what its checks could not know. */
function learn(plan: Plan, decision: Decision): void {
  for (const { maybe, hit } of plan.undecided) {
    if (decision.kind === 'success') maybe.learn(false);
    else if (decision.kind === 'hit' && decision.hit === hit) maybe.learn(true);
  }
}

const newPlan = (first: boolean): Plan => ({
  hits: [],
  effects: [],
  perhaps: [],
  undecided: [],
  first,
  stopped: false,
  begun: false,
});

/** What an element does before the check that refuses it, if one does, joins the rest of the call. */
function takeUpTo(hit: Hit | undefined, own: Plan, plan: Plan): void {
  plan.effects.push(...own.effects.slice(0, hit?.effects));
  plan.perhaps.push(...own.perhaps);
  plan.undecided.push(...own.undecided.map(({ maybe }) => ({ maybe })));
  plan.begun ||= own.begun && hit?.effects !== 0;
}

function planOf(body: Body, context: CallContext): Plan {
  const plan = newPlan(context.oracle.first === true);
  planBody(body, context, plan);
  return plan;
}

const refusedNow = (body: Body, context: CallContext) => planOf(body, context).hits.length > 0;

/** Evaluates the body and makes its effects happen, as far as the oracle lets the call get. */
export function runBody(body: Body, context: CallContext): BodyResult {
  const plan = planOf(body, context);
  const decision = context.oracle.decide(context.name, plan.hits, context.environmental);
  learn(plan, decision);
  const spoilt = decision.kind === 'success' ? context.checked?.(() => refusedNow(body, context)) : undefined;
  if (spoilt !== undefined) return { errno: spoilt };
  const last =
    decision.kind === 'hit' ? decision.hit.effects : decision.kind === 'success' ? plan.effects.length : 0;
  for (const effect of plan.effects.slice(0, last)) {
    try {
      effect();
    } catch (error) {
      if (error !== UNBOUND) throw error;
    }
  }
  if (decision.kind === 'success') return {};
  if (decision.kind === 'errno') {
    for (const mark of plan.perhaps) mark();
    return { errno: decision.errno };
  }
  return {
    errno: decision.hit.rule.errno,
    rule: decision.hit.rule,
    ...(decision.hit.torn ? { torn: decision.hit.torn } : {}),
    ...(decision.hit.begun ? { begun: true } : {}),
    ...(last > 0 ? { changed: true } : {}),
  };
}
