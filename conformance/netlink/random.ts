/** Random requests among injected errors, nodes that come and go, and now and then one with something wrong. */
import { RAS_NODES } from '../../reference/index.ts';
import { encodeAttribute, type Fields, join } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import { derive, Random } from '../plan/random.ts';
import type { RasPeer } from './peer.ts';
import { RasScene, rasCase } from './ras-scene.ts';
import type { Asked } from './scene.ts';

/** Requests of a program: enough for sums to grow, few enough to read. */
export const REQUESTS = 30;
const NET_ADMIN = 1n << 12n;
const NOBODY = 65534;

class Draw {
  private readonly random: Random;
  readonly scene: RasScene;
  /** Nobody may write the provider's file any more. */
  private nobody = false;

  constructor(peer: RasPeer, random: Random) {
    this.random = random;
    this.scene = new RasScene(peer);
  }

  private node() {
    return this.random.pick(RAS_NODES);
  }

  /** Mostly one that is counted, else one near the range, or far away. */
  private error(node: (typeof RAS_NODES)[number]): bigint {
    const { random } = this;
    if (random.chance(70)) return BigInt(random.pick(node.counters)[0]);
    if (random.chance(80))
      return BigInt(Math.max(0, node.first - 1 + random.below(node.last - node.first + 3)));
    return BigInt(random.next());
  }

  private fields(node = this.node()): Fields {
    const { random, scene } = this;
    const id = random.chance(95)
      ? scene.id(node.name)
      : random.chance(50)
        ? scene.unknown
        : BigInt(random.next());
    const whole: Fields = [
      ['node-id', id],
      ['error-id', this.error(node)],
    ];
    return random.chance(94) ? whole : whole.filter(() => random.chance(40));
  }

  private count(): number {
    const { random } = this;
    return random.chance(80)
      ? random.below(9)
      : random.pick([0xffff_ffff, 0x8000_0000, 0xffff, random.next()]);
  }

  step(): void {
    const { random, scene } = this;
    const kind = random.below(100);
    const commands = kind < 25 || (kind >= 84 && kind < 90);
    if (this.nobody && commands) return;
    if (kind < 25) {
      const node = this.node();
      scene.inject(
        node.name,
        random.chance(95) ? random.pick(node.counters)[0] : random.below(12),
        this.count(),
      );
    } else if (kind < 50) scene.ask('get-error-counter', this.fields(), this.asked());
    else if (kind < 65) scene.ask('clear-error-counter', this.fields(), this.asked());
    else if (kind < 77) scene.dump(this.node().name);
    else if (kind < 84) scene.list();
    else if (kind < 90) scene.control(random.pick(['plug', 'unplug', 'plug', 'unplug', 'reset']));
    else this.wrong();
  }

  /** Gives up the right to ask, or everything but it. */
  drop(): void {
    const { random, scene } = this;
    const uid = random.pick([0, NOBODY]);
    scene.become(uid, random.pick([0n, NET_ADMIN]));
    this.nobody = uid === NOBODY;
  }

  private asked(): Asked {
    return this.random.chance(15) ? { quiet: true } : {};
  }

  /** Something that no command takes, or a command that is not there. */
  private wrong(): void {
    const { random, scene } = this;
    const operation = random.pick(['list-nodes', 'get-error-counter', 'clear-error-counter']);
    const dump = random.chance(40);
    if (random.chance(30)) {
      scene.ask(operation, [], { dump, command: random.below(8), attributes: new Uint8Array(0) });
      return;
    }
    const part = () =>
      encodeAttribute(
        random.below(7),
        Uint8Array.from({ length: random.pick([0, 2, 4, 4, 4, 8]) }, () => random.below(3)),
      );
    const parts = Array.from({ length: random.below(4) }, part);
    if (random.chance(20)) parts.push(Uint8Array.of(random.below(4), 0, 1));
    const header = random.chance(15) ? { reserved: 1 } : {};
    scene.ask(operation, [], { dump, attributes: join(parts), ...header });
  }
}

export function randomRasCase(peer: RasPeer, seed: number, index: number): Case {
  const random = new Random(derive(seed, `drm-ras ${index}`));
  const draw = new Draw(peer, random);
  // One in five gives up the right to ask somewhere.
  const at = random.chance(20) ? random.below(REQUESTS) : -1;
  for (let step = 0; step < REQUESTS; step += 1) {
    if (step === at) draw.drop();
    draw.step();
  }
  return rasCase(`random ${index}`, draw.scene, []);
}
