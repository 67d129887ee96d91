/** Random requests among errors, reloads and devices that come and go, and now and then one with something wrong. */
import { COMPONENT, FIRMWARE_FILES } from '../../../reference/index.ts';
import { encodeAttribute, type Fields, join } from '../../../schemas/index.ts';
import type { Case } from '../../plan/case.ts';
import { derive, Random } from '../../plan/random.ts';
import type { DevlinkPeer } from './peer.ts';
import { DevlinkScene, devlinkCase, FIRST, handle, reporter, SECOND, SPARE } from './scene.ts';

/** Requests and other acts of a program. */
export const ACTS = 40;
const NET_ADMIN = 1n << 12n;
const NOBODY = 65534;
const HOUR = 3_600_000n;

/** What random programs ask. */
export const OPERATIONS = [
  'get',
  'info-get',
  'selftests-get',
  'reload',
  'flash-update',
  'health-reporter-get',
  'health-reporter-set',
  'health-reporter-recover',
  'health-reporter-diagnose',
  'health-reporter-dump-get',
  'health-reporter-dump-clear',
  'health-reporter-test',
  'notify-filter-set',
] as const;

class Draw {
  private readonly random: Random;
  readonly scene: DevlinkScene;
  private readonly there = new Set<number>([FIRST, SECOND]);
  /** Nobody may write the driver's files any more. */
  private nobody = false;

  constructor(peer: DevlinkPeer, random: Random) {
    this.random = random;
    this.scene = new DevlinkScene(peer);
    if (random.chance(40)) this.scene.listen();
  }

  private id(): number {
    return this.random.pick([FIRST, FIRST, FIRST, SECOND, SECOND, SPARE]);
  }

  private name(): string {
    return this.random.pick(['dummy', 'dummy', 'dummy', 'dummy', 'empty', 'none']);
  }

  /** Mostly a whole handle, else something that names nothing. */
  private handle(id = this.id()): Fields {
    const { random } = this;
    if (random.chance(93)) return handle(id);
    return random.pick<Fields>([
      [],
      handle(id).slice(0, 1),
      handle(id).slice(1),
      [['index', 0xffff_ff00n]],
      [...handle(id), ['index', 0n]],
      handle(99),
    ]);
  }

  private health(id = this.id()): Fields {
    return this.random.chance(94) ? reporter(id, this.name()) : this.handle(id);
  }

  step(): void {
    const { random, scene } = this;
    const kind = random.below(100);
    if (this.nobody && kind < 30) return;
    if (kind < 16) scene.break(this.id(), random.pick(['broken', 'lost', 'x']));
    else if (kind < 20) this.knob();
    else if (kind < 23) this.comeOrGo();
    else if (kind < 26)
      scene.reload(this.id(), random.chance(60) ? [] : [['reload-action', BigInt(random.below(4))]]);
    else if (kind < 30) this.flash();
    else if (kind < 40) scene.ask('health-reporter-get', this.health());
    else if (kind < 46) scene.reporters(random.chance(50) ? undefined : this.id());
    else if (kind < 58) this.set();
    else if (kind < 66) scene.act('health-reporter-recover', this.health());
    else if (kind < 71) scene.ask('health-reporter-diagnose', this.health(), { reads: 4 });
    else if (kind < 77) scene.ask('health-reporter-dump-get', this.health(), { dump: true, reads: 4 });
    else if (kind < 82) scene.ask('health-reporter-dump-clear', this.health());
    else if (kind < 84) scene.ask('health-reporter-test', this.health());
    else if (kind < 88) scene.ask('get', this.handle());
    else if (kind < 90) scene.list();
    else if (kind < 93) scene.ask('info-get', this.handle());
    else if (kind < 94) scene.list('info-get');
    else this.wrong();
  }

  private knob(): void {
    const { random, scene } = this;
    const [name, value] = random.pick<[string, number]>([
      ['health/fail_recover', 1],
      ['health/fail_recover', 0],
      ['health/fail_recover', 0],
      ['health/binary_len', random.below(40)],
      ['fw_update_status', random.below(2)],
      ['fw_update_overwrite_mask', random.below(4)],
      ['dont_allow_reload', random.below(2)],
      ['dont_allow_reload', 0],
      ['fail_reload', random.below(2)],
      ['fail_reload', 0],
    ]);
    scene.knob(this.id(), name, value);
  }

  private comeOrGo(): void {
    const id = this.random.pick([SPARE, SPARE, SECOND]);
    if (this.there.delete(id)) this.scene.remove(id);
    else {
      this.there.add(id);
      this.scene.make(id);
      this.scene.knob(id, 'fw_update_flash_chunk_time_ms', 0);
    }
  }

  private flash(): void {
    const { random, scene } = this;
    const files = [...FIRMWARE_FILES.map(([name]) => name), 'none', ''];
    const more: Fields = [
      ...(random.chance(40)
        ? ([['flash-update-component', random.pick([COMPONENT.name, COMPONENT.name, 'fw'])]] satisfies Fields)
        : []),
      ...(random.chance(40)
        ? ([['flash-update-overwrite-mask', { value: random.below(4), selector: 3 }]] satisfies Fields)
        : []),
    ];
    // One that works takes half a second.
    const file = random.chance(70) ? random.pick(files.slice(2)) : files[random.below(2)]!;
    if (random.chance(95)) scene.flash(this.id(), file, more);
    else scene.act('flash-update', [...this.handle(), ...more]);
  }

  private set(): void {
    const { random, scene } = this;
    const all: Fields = [
      ['health-reporter-graceful-period', random.pick([0n, 0n, HOUR, 1n << 32n, HOUR + (1n << 32n)])],
      ['health-reporter-burst-period', random.pick([0n, 0n, HOUR])],
      ['health-reporter-auto-recover', BigInt(random.pick([0, 1, 1, 255]))],
      ['health-reporter-auto-dump', BigInt(random.pick([0, 1, 1, 2]))],
    ];
    const some = all.filter(() => random.chance(40));
    scene.act('health-reporter-set', [...this.health(), ...some], random.chance(15) ? { quiet: true } : {});
  }

  /** Gives up the right to ask, or everything but it. */
  drop(): void {
    const { random, scene } = this;
    const uid = random.pick([0, NOBODY]);
    scene.become(uid, random.pick([0n, NET_ADMIN]));
    this.nobody = uid === NOBODY;
  }

  /** Something that no command takes, or a command that is not there. */
  private wrong(): void {
    const { random, scene } = this;
    if (random.chance(30)) {
      const command = random.pick([0, 2, 199, 255]);
      scene.ask('get', [], { command, attributes: new Uint8Array(0), dump: random.chance(40) });
      return;
    }
    const operation = random.pick(['get', 'info-get', 'health-reporter-get', 'health-reporter-recover']);
    const part = () =>
      encodeAttribute(
        random.pick([1, 2, 3, 115, 184, 700]),
        Uint8Array.from({ length: random.pick([1, 2, 4, 4, 8]) }, () => random.pick([0, 0x61])),
      );
    const parts = Array.from({ length: random.below(4) }, part);
    if (random.chance(20)) parts.push(Uint8Array.of(random.below(4), 0, 1));
    scene.ask(operation, [], { attributes: join(parts), ...(random.chance(15) ? { reserved: 1 } : {}) });
  }
}

export function randomDevlinkCase(peer: DevlinkPeer, seed: number, index: number): Case {
  const random = new Random(derive(seed, `devlink ${index}`));
  const draw = new Draw(peer, random);
  // One in six gives up the right to ask somewhere.
  const at = random.chance(16) ? random.below(ACTS) : -1;
  for (let step = 0; step < ACTS; step += 1) {
    if (step === at) draw.drop();
    draw.step();
  }
  return devlinkCase(`random ${index}`, draw.scene, []);
}
