/** C10, C20, C22 and C35: what fdinfo tells of a client is malformed, is another client's, or does not follow what it did. */
import type { Client, Device } from '../drm/objects.ts';
import type { MutantSource } from './mutant.ts';
import { type FdinfoEntry, type FdinfoFault, toldInFdinfo } from './told-in-fdinfo.ts';

const ENGINE = /^(drm-engine-\S+:\t)(\d+) ns$/gm;
const TOTAL = /^(drm-total-\S+:\t).*$/gm;

/** Every engine's time, changed. */
const engines =
  (change: (ns: bigint, client: Client) => bigint): FdinfoFault =>
  (text, client) =>
    text.replace(ENGINE, (_line, key, ns) => `${key}${change(BigInt(ns), client)} ns`);

/** The most time that any client of the device has shown. */
function ofAnybody(): FdinfoFault {
  const most = new WeakMap<Device, bigint>();
  return engines((ns, { device }) => {
    const known = most.get(device) ?? 0n;
    if (ns > known) most.set(device, ns);
    return ns > known ? ns : known;
  });
}

/** The size that a client's first buffer made it stays. */
function neverSmaller(): FdinfoFault {
  const seen = new WeakMap<Client, string>();
  return (text, client) =>
    text.replace(TOTAL, line => {
      const before = seen.get(client);
      if (before === undefined || /\t0$/.test(before)) seen.set(client, line);
      return seen.get(client)!;
    });
}

const FAULTS: readonly FdinfoEntry[] = [
  [
    'no-client-id',
    'C10',
    'file.fdinfo',
    () => text => text.replace(/^drm-client-id:.*\n/m, ''),
    'fdinfo does not say which client it is of.',
  ],
  [
    'one-client-id',
    'C20',
    'file.fdinfo',
    () => text => text.replace(/^(drm-client-id:\t).*$/m, '$11'),
    'All clients have the same drm-client-id.',
  ],
  [
    'bytes-spelt-out',
    'C10',
    'file.fdinfo',
    () => text => text.replace(TOTAL, line => `${line} bytes`),
    'Sizes in fdinfo have a unit that its grammar does not know.',
  ],
  [
    'no-unit',
    'C10',
    'file.fdinfo',
    () => text => text.replace(/^(drm-engine-.*) ns$/gm, '$1'),
    'The time on an engine has no unit.',
  ],
  [
    'wrong-unit',
    'C35',
    'file.usage',
    () => engines(ns => 1000n * ns),
    'The time on an engine is in picoseconds, and called ns.',
  ],
  [
    'counts-down',
    'C35',
    'file.usage',
    () => engines(ns => (1n << 40n) - ns),
    'The time on an engine runs backwards.',
  ],
  [
    'of-anybody',
    'C22',
    'file.usage',
    ofAnybody,
    'The time on an engine is that of whatever client used it most.',
  ],
  [
    'memory-kept',
    'C35',
    'file.usage',
    neverSmaller,
    'drm-total keeps what a buffer took after its last handle is closed.',
  ],
];

export const usage: MutantSource = driver => toldInFdinfo(driver, 'usage', FAULTS);
