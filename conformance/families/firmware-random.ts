/**
 * Random histories of updates: good images and mutated ones, cuts, activations and restarts. What has to be there after
 * each step is known from how the images were made, and from nothing that the device says.
 */
import { buildImage, FIRMWARE_COMPONENTS, OVERWRITE, SETTINGS } from '../../reference/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { DeviceScene } from '../management/device-scene.ts';
import { type Info, infoOf, type Told } from '../management/told.ts';
import type { Case } from '../plan/case.ts';
import type { ManagedPeer, PlanContext } from '../plan/context.ts';
import { derive, Random } from '../plan/random.ts';
import { PAYLOAD_BYTES, partsOf } from './firmware-scene.ts';

const PROGRAMS = 4;
const ACTS = 14;

/** What a history makes of a device. */
interface Kept {
  readonly running: Map<string, string>;
  readonly stored: Map<string, string>;
  serial: string;
}

interface Act {
  readonly what: string;
  readonly step: number;
  readonly info: number;
  /** Whether the device takes it. */
  readonly works: boolean;
  /** The clause that speaks of it. */
  readonly clause: ClauseId;
  /** What it changes. */
  readonly change: (kept: Kept) => void;
}

/** Changes an image in one place. */
function mutate(random: Random, image: string): { readonly what: string; readonly content: string } {
  const at = random.below(image.length);
  switch (random.below(5)) {
    case 0:
      return { what: `cut at ${at}`, content: image.slice(0, at) };
    case 1: {
      const other = image[at] === '~' ? '!' : '~';
      return { what: `changed at ${at}`, content: `${image.slice(0, at)}${other}${image.slice(at + 1)}` };
    }
    case 2:
      return { what: 'with more behind it', content: `${image}more` };
    case 3: {
      const end = Math.min(image.length, at + 1 + random.below(8));
      return { what: `without ${at} to ${end}`, content: image.slice(0, at) + image.slice(end) };
    }
    default:
      return {
        what: `with a part twice at ${at}`,
        content: image.slice(0, at) + image.slice(Math.max(0, at - 5)),
      };
  }
}

class History {
  readonly scene: DeviceScene;
  readonly acts: Act[] = [];
  readonly before: number;
  private readonly random: Random;
  private made = 0;

  constructor(peer: ManagedPeer, random: Random) {
    this.random = random;
    this.scene = new DeviceScene(peer);
    this.before = this.scene.info();
  }

  private add(act: Omit<Act, 'info'>): void {
    this.acts.push({ ...act, info: this.scene.info() });
  }

  act(): void {
    const { random, scene } = this;
    const kind = random.below(10);
    if (kind === 0) {
      const step = scene.activate();
      this.add({ what: 'an activation', step, works: true, clause: 'firmware.activation', change: runs });
    } else if (kind === 1) {
      const step = scene.knob('power');
      this.add({ what: 'a restart', step, works: true, clause: 'firmware.activation', change: runs });
    } else this.update();
  }

  private update(): void {
    const { random, scene } = this;
    this.made += 1;
    const component = random.pick(FIRMWARE_COMPONENTS);
    const version = `${this.made + 1}.${random.below(9)}.0`;
    const parts = partsOf(component, version);
    const image = buildImage(parts);
    const wrong = random.chance(45) ? mutate(random, image) : undefined;
    const spoiled = wrong !== undefined && wrong.content !== image;
    const named = random.chance(70) ? component : undefined;
    const asked = random.chance(10) ? FIRMWARE_COMPONENTS.find(each => each !== component) : named;
    const cut = !spoiled && random.chance(20) ? random.below(PAYLOAD_BYTES) : undefined;
    const mask = random.chance(30) ? BigInt(random.below(4)) : undefined;
    const file = scene.file(`history-${this.made}.img`, wrong?.content ?? image);
    if (cut !== undefined) scene.knob(`interrupt ${cut}`);
    const step = scene.flash(file, asked, mask);
    const misplaced = asked !== undefined && asked !== component;
    if (misplaced && cut !== undefined) scene.knob('interrupt 1000000');
    const works = !spoiled && !misplaced && cut === undefined;
    this.add({
      what: spoiled
        ? `an image ${wrong.what}`
        : misplaced
          ? 'an image of another component'
          : cut === undefined
            ? 'a good image'
            : 'a cut update',
      step,
      works,
      clause: works ? 'firmware.update' : 'firmware.kept',
      change: kept => {
        if (!works) return;
        kept.stored.set(component, version);
        if (mask !== undefined && (mask & OVERWRITE.settings) !== 0n)
          kept.stored.set(SETTINGS, parts.settings);
        if (mask !== undefined && (mask & OVERWRITE.identifiers) !== 0n) kept.serial = parts.identifiers;
      },
    });
  }
}

function runs({ running, stored }: Kept): void {
  for (const [name, version] of stored) running.set(name, version);
}

function unlike(kept: Kept, info: Info | undefined): string | undefined {
  if (!info) return 'info-get gives no answer';
  for (const group of ['running', 'stored'] as const)
    for (const [name, version] of kept[group])
      if (info[group].get(name) !== version)
        return `${name} (${group}) is ${info[group].get(name) ?? 'not told'}, expected ${version}`;
  return info.serial === kept.serial
    ? undefined
    : `the serial number is ${info.serial}, expected ${kept.serial}`;
}

/** The first act after which something else is there than must be. */
function wrongAct(
  told: Told,
  { before, acts }: History,
): { readonly act: Act; readonly why: string } | undefined {
  const info = infoOf(told.answer(before));
  if (!info) return undefined;
  const kept: Kept = { running: new Map(info.running), stored: new Map(info.stored), serial: info.serial };
  for (const act of acts) {
    act.change(kept);
    const isFlash = act.clause !== 'firmware.activation';
    const { errno } = told.answer(act.step);
    if (isFlash && (errno === 'success') !== act.works)
      return { act, why: `step ${act.step}: ${act.what} ends with ${errno}` };
    const why = unlike(kept, infoOf(told.answer(act.info)));
    if (why !== undefined) return { act, why: `step ${act.info}: after ${act.what} ${why}` };
  }
  return undefined;
}

export function histories(peer: ManagedPeer, { seed }: Pick<PlanContext, 'seed'>): Case[] {
  return Array.from({ length: PROGRAMS }, (_, index): Case => {
    const history = new History(peer, new Random(derive(seed, `firmware ${index}`)));
    for (let act = 0; act < ACTS; act += 1) history.act();
    const { acts, scene } = history;
    const clauses = [...new Set(acts.map(({ clause }) => clause))].sort();
    return scene.case(
      `firmware.history-${index}`,
      clauses.map(clause =>
        scene.about(
          clause,
          `history-${index}`,
          acts.filter(act => act.clause === clause).flatMap(({ step, info }) => [step, info]),
          told => {
            const wrong = wrongAct(told, history);
            return wrong?.act.clause === clause ? wrong.why : undefined;
          },
        ),
      ),
    );
  });
}
