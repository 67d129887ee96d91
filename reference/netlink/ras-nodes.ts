/** The nodes that the provider of a machine registers; conformance/targets/qemu/modules/drm-ras has the same. */

export interface RasCounter {
  readonly name: string;
  /** u32. */
  value: number;
  /** The errno with which the driver cannot read, or cannot clear it. */
  readonly unreadable?: string;
  readonly unclearable?: string;
}

export interface RasNode {
  /** Given when it is registered. */
  id: number;
  readonly device: string;
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly counters: ReadonlyMap<number, RasCounter>;
  /** Whether the driver can clear. */
  readonly clears: boolean;
  /** Comes and goes on command. */
  readonly pluggable?: true;
}

/** Where the provider takes commands: `reset`, `inject NODE ID COUNT`, `plug`, `unplug`. */
export const RAS_CONTROL = '/sys/module/accel_ras/parameters/control';

type Described = Omit<RasNode, 'id' | 'counters'> & { readonly counters: readonly [number, RasCounter][] };

const counter = (id: number, name: string, more: Partial<RasCounter> = {}): [number, RasCounter] => [
  id,
  { name, value: 0, ...more },
];
const DEVICE = 'accel-ras.0';
/** Enough that a dump takes several datagrams; every third id is one. */
const MANY = 300;

export const RAS_NODES: readonly Described[] = [
  {
    device: DEVICE,
    name: 'compute',
    first: 0,
    last: 3,
    clears: true,
    counters: ['corrected', 'uncorrected', 'fatal', 'parity'].map((name, id) => counter(id, name)),
  },
  {
    device: DEVICE,
    name: 'memory',
    first: 1,
    last: 9,
    clears: true,
    counters: [counter(1, 'corrected'), counter(4, 'uncorrected'), counter(9, 'poison')],
  },
  // The last ids of the range are no counters.
  {
    device: DEVICE,
    name: 'link',
    first: 2,
    last: 8,
    clears: true,
    counters: [counter(2, 'replay'), counter(5, 'timeout')],
  },
  {
    device: 'accel-ras.1',
    name: 'fixed',
    first: 1,
    last: 2,
    clears: false,
    counters: [counter(1, 'boot'), counter(2, 'reset')],
  },
  {
    device: 'accel-ras.1',
    name: 'many',
    first: 0,
    last: MANY,
    clears: true,
    counters: Array.from({ length: MANY / 3 + 1 }, (_, index) => counter(index * 3, `lane-${index * 3}`)),
  },
  // Some of its registers cannot be reached.
  {
    device: 'accel-ras.1',
    name: 'failing',
    first: 1,
    last: 4,
    clears: true,
    counters: [
      counter(1, 'good'),
      counter(2, 'busy', { unclearable: 'EBUSY' }),
      counter(3, 'dead', { unreadable: 'EIO' }),
      counter(4, 'behind'),
    ],
  },
  {
    device: 'accel-ras.2',
    name: 'spare',
    first: 5,
    last: 7,
    clears: true,
    counters: [counter(5, 'corrected'), counter(6, 'uncorrected'), counter(7, 'fatal')],
    pluggable: true,
  },
];
