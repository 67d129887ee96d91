/** What the models of the core and of every driver know beyond their bodies, joined. */
import type { Behaviour } from '../model/scene.ts';
import { accelref } from './accelref.ts';
import { amdxdna } from './amdxdna.ts';
import { core } from './core.ts';
import { ethosu } from './ethosu.ts';
import { files } from './files.ts';
import { habanalabs } from './habanalabs.ts';
import { ivpu } from './ivpu.ts';
import { qaic } from './qaic.ts';
import { rocket } from './rocket.ts';
import { syncobj } from './syncobj.ts';
import { vgem } from './vgem.ts';

const drivers: Readonly<Record<string, Behaviour>> = {
  accelref,
  amdxdna,
  ethosu,
  habanalabs,
  ivpu,
  qaic,
  rocket,
  vgem,
};

function join(a: Behaviour, b: Behaviour): Behaviour {
  return {
    ...a,
    ...b,
    states: { ...a.states, ...b.states },
    numbers: { ...a.numbers, ...b.numbers },
    effects: { ...a.effects, ...b.effects },
    writes: { ...a.writes, ...b.writes },
  };
}

const joined = new Map<string, Behaviour>();

/** The core's behaviour with that of the driver. */
export function behaviourOf(driver: string): Behaviour {
  let found = joined.get(driver);
  if (!found) {
    found = join([syncobj, files].reduce(join, core), drivers[driver] ?? {});
    joined.set(driver, found);
  }
  return found;
}
