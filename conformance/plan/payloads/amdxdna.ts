/**
 * Contexts, buffers and commands for an amdxdna device with a queue in the kernel. A context and a device buffer need a
 * heap of the file that is mapped. The kernel looks at a command when its turn comes; the command buffer stays empty, so
 * a real NPU gets nothing, and the command ends with an error. One that does work has to be recorded from AMD's shim.
 */
import type { CallDescription, Value } from '../../../schemas/index.ts';
import type { Argument } from '../arguments.ts';
import { addressOf, constant, slotValue } from '../builder.ts';
import type { CallMaker } from '../call-maker.ts';
import type { Payload } from '../payloads.ts';
import { JobMaker, payloadsBy } from './job-maker.ts';

const CREATE = 'DRM_IOCTL_AMDXDNA_CREATE_BO';
const INFO = 'DRM_IOCTL_AMDXDNA_GET_BO_INFO';
const CONTEXT = 'DRM_IOCTL_AMDXDNA_CREATE_HWCTX';
const CONFIG = 'DRM_IOCTL_AMDXDNA_CONFIG_HWCTX';
const EXEC = 'DRM_IOCTL_AMDXDNA_EXEC_CMD';
const WAIT = 'DRM_IOCTL_AMDXDNA_WAIT_CMD';
const SYNC = 'DRM_IOCTL_AMDXDNA_SYNC_BO';
const GET_INFO = 'DRM_IOCTL_AMDXDNA_GET_INFO';
const GET_ARRAY = 'DRM_IOCTL_AMDXDNA_GET_ARRAY';
const SET_STATE = 'DRM_IOCTL_AMDXDNA_SET_STATE';
const PAGE = 4096n;
const HANDLE_BYTES = 4n;
/** AIE2_DEVM_SIZE */
const HEAP_BYTES = 0x400_0000n;
const [SHARE, HEAP, DEV, COMMAND] = [1n, 2n, 3n, 4n];
const [PROT_READ, PROT_WRITE, MAP_SHARED] = [1, 2, 1];
/** Tiles of one column. */
const TILES = 4n;
const [CONFIG_CU, ASSIGN_DEBUG, REMOVE_DEBUG] = [0n, 1n, 2n];
const CU_BYTES = 8n;
/** DRM_AMDXDNA_QUERY_HW_CONTEXTS */
const CONTEXTS = 5n;
const SECOND_MS = 1000n;
/** AMDXDNA_QOS_NORMAL_PRIORITY */
const NORMAL = 0x200n;

/** Heaps by the descriptor that they were made through: a file needs one. */
const heaps = new WeakMap<CallMaker, Set<string>>();

class Maker extends JobMaker {
  declare readonly maker: CallMaker;
  declare readonly fd: Value;
  declare readonly submit: CallDescription;

  override sizeOf(struct: string): bigint {
    return super.sizeOf(struct);
  }

  buffer(type = SHARE, size = PAGE): Value {
    return this.made(CREATE, { type, size });
  }

  /** A heap of the file, mapped in part: that is enough for its addresses to be known. */
  heap(): void {
    const known = heaps.get(this.maker) ?? new Set();
    heaps.set(this.maker, known);
    const key = JSON.stringify(this.fd, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    if (known.has(key)) return;
    known.add(key);
    const { builder } = this.maker;
    const heap = this.buffer(HEAP, HEAP_BYTES);
    const offset = builder.slot();
    const keep = { field: 'map_offset', slot: offset };
    this.setup.push(
      this.maker.call(this.fd, this.call(INFO), { handle: heap }, { keep, label: `${INFO} (of the heap)` }),
      builder.step('map the heap', 'mmap', [
        constant(0),
        constant(PAGE),
        constant(PROT_READ | PROT_WRITE),
        constant(MAP_SHARED),
        this.fd,
        slotValue(offset),
      ]),
    );
  }

  context(): Value {
    this.heap();
    const qos = this.maker.target(this.call(CONTEXT), 'qos_p', this.sizeOf('amdxdna_qos_info'));
    return this.made(CONTEXT, this.contextArguments(addressOf(qos)));
  }

  contextArguments(qos: Value): Record<string, Argument> {
    return { qos_p: qos, num_tiles: TILES, max_opc: 0x800n, 'qos_p[0].priority': NORMAL };
  }

  device(): Value {
    this.heap();
    return this.buffer(DEV);
  }

  pointer(name: string, bytes: bigint): Value {
    return addressOf(this.maker.target(this.submit, name, bytes));
  }

  command(context: Value, buffers: readonly Value[]): void {
    Object.assign(this.values, {
      hwctx: context,
      cmd_handles: this.buffer(COMMAND),
      cmd_count: 1n,
      type: 0n,
    });
    this.array('args', 'arg_count', HANDLE_BYTES, buffers.length);
    for (const [index, handle] of buffers.entries()) this.values[`args[${index}]`] = handle;
  }

  /** A command on a context, and its number. */
  submitted(context: Value): Value {
    const seq = this.maker.builder.slot();
    const args = { hwctx: context, cmd_handles: this.buffer(COMMAND), cmd_count: 1n, arg_count: 0n };
    const label = `${EXEC} (for a wait)`;
    const keep = { field: 'seq', slot: seq };
    this.setup.push(this.maker.call(this.fd, this.call(EXEC), args, { label, keep }));
    return slotValue(seq);
  }
}

const payload = payloadsBy(Maker);

const set = (label: string, values: (made: Maker) => Record<string, Argument>) =>
  payload(label, made => Object.assign(made.values, values(made)));

/** A buffer of the program's own memory, in pieces of a page. */
const table = (pieces: number) =>
  set(`memory of the program in ${pieces} pieces`, made => {
    const { builder } = made.maker;
    const values: Record<string, Argument> = { flags: 0n, size: 0n, type: SHARE };
    values['vaddr'] = made.pointer('vaddr', 8n + 16n * BigInt(pieces));
    values['vaddr[0].dmabuf_fd'] = 0xffff_ffffn;
    values['vaddr[0].num_entries'] = BigInt(pieces);
    for (let index = 0; index < pieces; index += 1) {
      values[`vaddr[0].va_entries[${index}].vaddr`] = addressOf(
        builder.buffer(Number(PAGE), { align: 'start' }),
      );
      values[`vaddr[0].va_entries[${index}].len`] = PAGE;
    }
    return values;
  });

const imported: Payload = {
  label: 'a buffer of a dma-buf',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    const file = maker.freshDescriptor(fd, 'dma-buf');
    if (!file) return undefined;
    made.setup.push(...file.steps);
    Object.assign(made.values, { flags: 0n, size: 0n, type: SHARE });
    made.values['vaddr'] = made.pointer('vaddr', 8n);
    made.values['vaddr[0].dmabuf_fd'] = file.fd;
    made.values['vaddr[0].num_entries'] = 0n;
    return made.done();
  },
};

const plain = (label: string, type: bigint, size: bigint) =>
  set(label, () => ({ flags: 0n, vaddr: 0n, size, type }));

const buffers: readonly Payload[] = [
  plain('a shared buffer', SHARE, PAGE),
  plain('a shared buffer of a few bytes', SHARE, 5000n),
  plain('a command buffer', COMMAND, PAGE),
  set('a device buffer', made => {
    made.heap();
    return { flags: 0n, vaddr: 0n, size: PAGE, type: DEV };
  }),
  set('another heap', made => {
    made.heap();
    return { flags: 0n, vaddr: 0n, size: HEAP_BYTES, type: HEAP };
  }),
  table(1),
  table(2),
  imported,
];

const contexts: readonly Payload[] = [2n, 1n].map(columns =>
  set(`a context of ${columns} column${columns === 1n ? '' : 's'}`, made => {
    made.heap();
    const qos = made.pointer('qos_p', made.sizeOf('amdxdna_qos_info'));
    return {
      ...made.contextArguments(qos),
      ext: 0n,
      ext_flags: 0n,
      umq_bo: 0n,
      log_buf_bo: 0n,
      mem_size: 0n,
      num_tiles: columns * TILES,
      'qos_p[0].gops': 0n,
      'qos_p[0].fps': 0n,
      'qos_p[0].latency': 0n,
    };
  }),
);

/** @param room bytes that nobody needs */
const units = (count: number, room = 0n) =>
  set(`${count} compute unit${count === 1 ? '' : 's'}${room > 0n ? ', and room for more' : ''}`, made => {
    const bytes = CU_BYTES * BigInt(count + 1) + room;
    const values: Record<string, Argument> = { handle: made.context(), param_type: CONFIG_CU, pad: 0n };
    values['param_val'] = made.pointer('param_val', bytes);
    values['param_val_size'] = bytes;
    // What lies behind the units names no buffer.
    if (room > 0n) values['param_val[]'] = new Uint8Array(Number(bytes));
    values['param_val[0].num_cus'] = BigInt(count);
    for (const index of [0, 1, 2]) values[`param_val[0].pad[${index}]`] = 0n;
    for (let unit = 0; unit < count; unit += 1) {
      const at = `param_val[0].cu_configs[${unit}]`;
      values[`${at}.cu_bo`] = made.device();
      values[`${at}.cu_func`] = BigInt(unit);
      for (const index of [0, 1, 2]) values[`${at}.pad[${index}]`] = 0n;
    }
    return values;
  });

const debug = (label: string, type: bigint) =>
  set(label, made => {
    const handle = made.context();
    const values = { handle, param_val: made.device(), param_val_size: 0n, pad: 0n };
    if (type === REMOVE_DEBUG)
      made.setup.push(
        made.maker.call(made.fd, made.submit, { ...values, param_type: ASSIGN_DEBUG }, { label: 'assign' }),
      );
    return { ...values, param_type: type };
  });

const commands: readonly Payload[] = [
  payload('a command with a buffer', made => made.command(made.context(), [made.buffer()]), {
    works: 'args[0]',
  }),
  payload('a command without buffers', made => made.command(made.context(), [])),
  payload('a command with two buffers', made => made.command(made.context(), [made.buffer(), made.device()])),
];

const wait = set('the command that was submitted last', made => {
  const hwctx = made.context();
  return { hwctx, timeout: SECOND_MS, seq: made.submitted(hwctx) };
});

const info = (param: bigint, name: string, size = 2048n) =>
  set(name, made => {
    if (param === CONTEXTS) made.context();
    const buffer = made.pointer('buffer', size);
    const status: Record<string, Argument> = { 'buffer[0].buffer': 0n, 'buffer[0].buffer_size': 0n };
    const telemetry: Record<string, Argument> = { 'buffer[0].type': 0n };
    return {
      param,
      buffer_size: size,
      buffer,
      ...(param === 0n ? status : {}),
      ...(param === 10n ? telemetry : {}),
    };
  });

const infos = [
  info(1n, 'the metadata'),
  info(0n, 'the state of the columns'),
  info(2n, 'the version of the array'),
  info(3n, 'the clocks'),
  info(4n, 'the sensors'),
  info(CONTEXTS, 'the contexts'),
  info(8n, 'the version of the firmware'),
  info(9n, 'the power mode'),
  info(10n, 'the telemetry'),
  info(11n, 'whether preemption is forced'),
  info(12n, 'the resources'),
  info(13n, 'whether preemption is at frames'),
  info(1n, 'the beginning of the metadata', 30n),
  info(2n, 'the beginning of the version of the array', 4n),
  info(8n, 'the beginning of the version of the firmware', 10n),
];

const list = (
  param: bigint,
  name: string,
  bytes: bigint,
  count: bigint,
  more: Record<string, Argument> = {},
) =>
  set(name, made => {
    if (param === 0n) made.context();
    const buffer = made.pointer('buffer', bytes * count);
    return { param, element_size: bytes, num_element: count, pad: 0n, buffer, ...more };
  });

const lists = [
  list(0n, 'all contexts', 152n, 4n),
  list(2n, 'the last error', 32n, 2n),
  list(6n, 'the usage of a process', 40n, 1n, { 'buffer[0].pid': 1n }),
];

const states = [
  [0n, 'power_mode', 1n, 'a lower power mode'],
  [3n, 'state', 1n, 'forced preemption'],
  [4n, 'state', 0n, 'preemption at frames'],
] as const;

const setting = ([param, member, value, name]: (typeof states)[number], beside = false) =>
  set(beside ? `${name}, beside a context` : name, made => {
    if (beside) made.context();
    const values: Record<string, Argument> = { param, buffer_size: 8n, buffer: made.pointer('buffer', 8n) };
    values[`buffer[0].${member}`] = value;
    for (let index = 0; index < 7; index += 1) values[`buffer[0].pad[${index}]`] = 0n;
    return values;
  });
const settings = [...states.map(state => setting(state)), setting(states[0], true)];

const NOTHING_MORE = { ext: 0n, ext_flags: 0n, pad: 0n };

export const amdxdnaPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [CREATE]: buffers,
  [CONTEXT]: contexts,
  [CONFIG]: [
    units(1, 500n),
    units(1),
    units(2),
    debug('a debug buffer', ASSIGN_DEBUG),
    debug('no debug buffer', REMOVE_DEBUG),
  ],
  [EXEC]: commands,
  [WAIT]: [wait],
  [INFO]: [
    set('a shared buffer', made => ({ ...NOTHING_MORE, handle: made.buffer() })),
    set('a device buffer', made => ({ ...NOTHING_MORE, handle: made.device() })),
    set('a heap', made => ({ ...NOTHING_MORE, handle: made.buffer(HEAP, HEAP_BYTES) })),
  ],
  [SYNC]: [
    set('all of a buffer', made => ({ handle: made.buffer(), direction: 0n, offset: 0n, size: PAGE })),
    set('a part of a device buffer', made => ({
      handle: made.device(),
      direction: 0n,
      offset: 64n,
      size: 64n,
    })),
  ],
  [GET_INFO]: infos,
  [GET_ARRAY]: lists,
  [SET_STATE]: settings,
};
