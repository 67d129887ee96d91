/** How changes of a good call end on the model. */
import type { CallDescription } from '../../schemas/index.ts';
import type { Arguments } from '../plan/arguments.ts';
import type { Pick } from '../plan/call-maker.ts';
import type { PlanContext } from '../plan/context.ts';
import { type Ending, ModelRun, model } from '../plan/model.ts';
import { byDevice } from '../plan/once.ts';
import { Sandwich } from '../plan/sandwich.ts';
import type { Change } from './search.ts';

/** So many programs share what good calls are made of among the changes; then each change gets its own. */
const SHARED = 2;
/** A program with more steps is not gone on with. */
const MOST_STEPS = 2000;
/** A call that takes longer has waited. */
const AT_ONCE_NS = 1_000_000n;

export interface Trial {
  /** The changes of one kind of good call, the same ones for each sandwich of that kind. */
  changes(sandwich: Sandwich): readonly Change[];
  /** What comes right before a changed call; it changes memory only. */
  before?(sandwich: Sandwich, values: Arguments): void;
}

/** Whether a call has used up what it was given, or may have: refused at once it leaves everything as it was. */
const spends = ({ errno, begun, changed, open, took }: Ending) =>
  errno === undefined || begun === true || changed === true || open === true || took > AT_ONCE_NS;

interface Ends {
  readonly ends: readonly Ending[];
  readonly changes: readonly Change[];
}

/** Good calls that have been made, and what one more needs: nothing has come of it yet. */
interface Scene {
  readonly sandwich: Sandwich;
  readonly run: ModelRun;
  readonly values: Arguments;
}

type Scenes = Map<Pick | undefined, Scene>;

/** By the kind of good call; on each device those of the call that was asked about last. */
const known = byDevice<Scenes>();

function scenesOf(context: PlanContext, call: CallDescription): Scenes {
  const calls = known(context);
  let scenes = calls.get(call.name);
  if (!scenes) {
    calls.clear();
    scenes = new Map();
    calls.set(call.name, scenes);
  }
  return scenes;
}

/** Sends a changed call; whether nothing but memory was changed for it. */
function send(sandwich: Sandwich, trial: Trial, change: Change, values: Arguments): boolean {
  trial.before?.(sandwich, values);
  const before = sandwich.builder.length;
  const changed = { ...values, ...change.values(values) };
  const alike = sandwich.builder.length === before;
  sandwich.probe(changed, change.title);
  return alike;
}

/** What comes of the changes from one on, up to the first that spends what all of them share. */
function inOneScene(
  scenes: Scenes,
  context: PlanContext,
  call: CallDescription,
  pick: Pick | undefined,
  trial: Trial,
  from: number,
): Ends {
  let scene = scenes.get(pick);
  scenes.delete(pick);
  if (!scene) {
    const sandwich = new Sandwich(context, call, pick, 'none');
    if (!sandwich.good) return { ends: [], changes: [] };
    const values = sandwich.arguments();
    scene = { sandwich, run: new ModelRun(context, sandwich.builder.build()), values };
  }
  const { sandwich, run, values } = scene;
  const { builder } = sandwich;
  const before = sandwich.probes.length;
  const changes = trial.changes(sandwich);
  const alike = changes.slice(from).map(change => send(sandwich, trial, change, values));
  const outcomes = run.go(builder.build());
  const made = sandwich.probes.slice(before).map(probe => outcomes[probe]!);
  const spent = made.findIndex(spends);
  if (spent < 0 && alike.every(Boolean) && builder.length <= MOST_STEPS) scenes.set(pick, scene);
  return { ends: spent < 0 ? made : made.slice(0, spent + 1), changes };
}

/** What comes of the changes from one on, each with arguments of its own. */
function eachByItself(
  context: PlanContext,
  call: CallDescription,
  pick: Pick | undefined,
  trial: Trial,
  from: number,
): Ends {
  const sandwich = new Sandwich(context, call, pick, 'none');
  const changes = trial.changes(sandwich);
  for (const change of changes.slice(from)) send(sandwich, trial, change, sandwich.arguments());
  const outcomes = model(context, sandwich.builder.build());
  return { ends: sandwich.probes.map(probe => outcomes[probe]!), changes };
}

/**
 * Most changes are refused, and then the same good calls serve for the next one, and for the next trial: to make them
 * again for each takes most of the steps.
 */
export function endsOf(
  context: PlanContext,
  call: CallDescription,
  pick: Pick | undefined,
  trial: Trial,
): Ends {
  const scenes = scenesOf(context, call);
  const ends: Ending[] = [];
  for (let round = 0; round < SHARED; round += 1) {
    const shared = inOneScene(scenes, context, call, pick, trial, ends.length);
    ends.push(...shared.ends);
    if (ends.length === shared.changes.length) return { ends, changes: shared.changes };
  }
  const { ends: rest, changes } = eachByItself(context, call, pick, trial, ends.length);
  return { ends: [...ends, ...rest], changes };
}
