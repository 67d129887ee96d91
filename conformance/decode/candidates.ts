/** Which requests a number can be: by driver, by ABI, and the nearest when none is quite this. */
import {
  ABI_NAMES,
  type AbiName,
  type CallDescription,
  decodeRequest,
  type IoctlFact,
  type Owner,
  owners,
  requestNumber,
  sizeOfType,
} from '../../schemas/index.ts';

/** What is known beside the number. */
export interface Scope {
  /** Name of a driver in the collection. */
  readonly driver?: string | undefined;
  readonly abi?: AbiName | undefined;
  /** The kind of file that the call was made on. */
  readonly node?: NodeKind | undefined;
}

export type NodeKind = 'accel' | 'render' | 'dma-buf' | 'sync-file';

/** exact: the number itself; size and direction: the same letter and nr, and what else is another; name: by name. */
export type Fit = 'exact' | 'size' | 'direction' | 'size-direction';

export interface Candidate {
  readonly owner: Owner;
  readonly ioctl: IoctlFact;
  /** Present when the call is described. */
  readonly call?: CallDescription;
  readonly fit: Fit;
  /** The ABIs on which the header gives exactly this number. */
  readonly abis: readonly AbiName[];
  /** The ABI whose layout is shown. */
  readonly abi: AbiName;
  /** The number and the size of the argument on every ABI. */
  readonly numbers: Readonly<Record<AbiName, { number: number; size: number }>>;
}

function inScope(owner: Owner, { driver, node }: Scope): boolean {
  if (driver !== undefined && owner.kind === 'driver' && owner.name !== driver) return false;
  if (node === 'dma-buf' || node === 'sync-file') return owner.name === node;
  if (node === undefined) return true;
  if (owner.kind !== 'driver') return owner.kind === 'core';
  return (owner.driver!.manifest.node ?? 'accel') === node;
}

function numbersOf(owner: Owner, ioctl: IoctlFact): Candidate['numbers'] {
  return Object.fromEntries(
    ABI_NAMES.map(abi => [
      abi,
      {
        number: requestNumber(ioctl, owner.types, abi),
        size: ioctl.argument ? sizeOfType(owner.types, ioctl.argument, abi) : 0,
      },
    ]),
  ) as Candidate['numbers'];
}

function candidate(owner: Owner, ioctl: IoctlFact, number: number | undefined, { abi }: Scope): Candidate {
  const numbers = numbersOf(owner, ioctl);
  const tried = abi === undefined ? ABI_NAMES : [abi];
  const abis = tried.filter(name => number === undefined || numbers[name].number === number);
  const parts = number === undefined ? undefined : decodeRequest(number);
  const sized = parts !== undefined && tried.every(name => numbers[name].size !== parts.size);
  const directed = parts !== undefined && parts.direction !== ioctl.direction;
  const fit = abis.length > 0 ? 'exact' : sized ? (directed ? 'size-direction' : 'size') : 'direction';
  const call = owner.calls.get(ioctl.name);
  return { owner, ioctl, ...(call ? { call } : {}), fit, abis, abi: abi ?? abis[0] ?? 'x86_64', numbers };
}

const RANK: readonly Fit[] = ['exact', 'direction', 'size', 'size-direction'];

/** All requests with the letter and the nr of a number, the exact ones first. */
export function candidatesOf(number: number, scope: Scope): Candidate[] {
  const { letter, number: nr } = decodeRequest(number);
  return owners()
    .filter(owner => inScope(owner, scope))
    .flatMap(owner =>
      owner.ioctls
        .filter(ioctl => ioctl.letter === letter && ioctl.number === nr)
        .map(ioctl => candidate(owner, ioctl, number, scope)),
    )
    .sort((a, b) => RANK.indexOf(a.fit) - RANK.indexOf(b.fit));
}

/** The requests of that name, of all owners in scope. */
export function candidatesNamed(name: string, scope: Scope): Candidate[] {
  return owners()
    .filter(owner => inScope(owner, scope))
    .flatMap(owner =>
      owner.ioctls
        .filter(ioctl => ioctl.name.toUpperCase() === name.toUpperCase())
        .map(ioctl => candidate(owner, ioctl, undefined, scope)),
    );
}

/** The names of all requests, for the nearest right one. */
export function requestNames(): string[] {
  return owners().flatMap(owner => owner.ioctls.map(ioctl => ioctl.name));
}
