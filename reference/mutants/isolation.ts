/** C19, C20 and C22: what one client does, holds or left shows to another, or a number is taken for what it named. */
import type { Client, KernelObject } from '../drm/objects.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';
import { tellsOfEngines } from './told-in-fdinfo.ts';

/** The lowest number that no client of the device has. */
function lowestOfAll(client: Client, resource: string, lowest: bigint): bigint {
  const taken = new Set([...client.device.clients].flatMap(each => [...each.table(resource).keys()]));
  let number = lowest;
  while (taken.has(number)) number += 1n;
  return number;
}

/** Never the same number twice, whoever asks. */
function countingUp(): NonNullable<CoreFaults['issue']> {
  const last = new WeakMap<object, Map<string, bigint>>();
  return ({ device }, resource, lowest) => {
    const numbers = last.get(device) ?? new Map<string, bigint>();
    last.set(device, numbers);
    const next = (numbers.get(resource) ?? lowest - 1n) + 1n;
    numbers.set(resource, next);
    return next;
  };
}

const bytesOf = (objects: Iterable<KernelObject>) =>
  [...objects].reduce((sum, { properties }) => sum + (properties.get('size') ?? 0n), 0n);

/** The buffers of all clients, in every client's fdinfo. */
const ofAll = (text: string, { device }: Client) => {
  const objects = new Set([...device.clients].flatMap(each => [...each.table('gem_handle').values()]));
  return text.replace(/^(drm-total-\S+:\t).*$/gm, `$1${bytesOf(objects)}`);
};

const nameOfAnother = (text: string, client: Client) => {
  const other = [...client.device.clients].find(each => each !== client && each.name !== '');
  return other ? `${text}drm-client-name:\t${other.name}\n` : text;
};

const CORE: readonly Omit<Mutant, 'driver' | 'class'>[] = [
  {
    id: 'isolation.numbers-of-the-device',
    clauses: ['isolation.interference'],
    summary: 'A new handle gets the lowest number that no client of the device has.',
    faults: { issue: lowestOfAll },
  },
  {
    id: 'isolation.numbers-count-up',
    clauses: ['isolation.interference'],
    summary: 'Handles are counted up over all clients of the device.',
    faults: { issue: countingUp() },
  },
  {
    id: 'isolation.memory-reused',
    clauses: ['isolation.secret'],
    ops: ['mmap'],
    summary: 'A new object shows what one of the same size held that is gone.',
    faults: { mapping: 'reused' },
  },
];

const FDINFO: readonly Omit<Mutant, 'driver' | 'class'>[] = [
  {
    id: 'isolation.total-of-all',
    clauses: ['isolation.interference'],
    ops: ['readfile'],
    summary: 'drm-total in fdinfo counts the buffers of all clients.',
    faults: { fdinfo: ofAll },
  },
  {
    id: 'isolation.name-of-another',
    clauses: ['isolation.secret'],
    ops: ['readfile'],
    summary: 'fdinfo shows the name that another client gave itself.',
    faults: { fdinfo: nameOfAnother },
  },
];

export const isolation: MutantSource = driver =>
  [...(carriesCore(driver) ? CORE : []), ...(tellsOfEngines(driver) ? FDINFO : [])].map(mutant => ({
    ...mutant,
    class: 'C22',
    driver: driver.name,
  }));
