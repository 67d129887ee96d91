/**
 * The operations of habanalabs' calls, each of which reads members of its own: one request has several. No job that runs is
 * built here: what a queue runs depends on the chip and has to be recorded from Habana's runtime.
 */
import type { Payload } from '../payloads.ts';
import { CB, type Maker, MEMORY, type Members, PAGE, payload } from './habanalabs-maker.ts';

const INFO = 'DRM_IOCTL_HL_INFO';
const CS = 'DRM_IOCTL_HL_CS';
const WAIT = 'DRM_IOCTL_HL_WAIT_CS';
const DEBUG = 'DRM_IOCTL_HL_DEBUG';
/** Room for every answer of INFO whose length the header does not say, and for the text of ENGINE_STATUS. */
const ROOM = 8192n;
const WORD = 8n;
/** Bytes of an answer that is asked for in part. */
const SHORT = 5n;
/** What nobody looks at, and the call clears all the same. */
const IDLE = { 'in.ctx_id': 7n, 'in.num_of_elements': 3n };
const O_CLOEXEC = 0x80000n;
/** A block of Gaudi2 that programs may map: CFG_BASE and mmARC_FARM_ARC0_ACP_ENG_BASE. */
const BLOCK = 0x1000_007f_f800_0000n + 0x4e8_f000n;

/** An answer of INFO, with room for the struct that the header has for it and some more. */
function told(op: string, struct?: string, more: Members = {}): Payload {
  const name = op.slice('HL_INFO_'.length).toLowerCase().replaceAll('_', ' ');
  const which = Object.values(more).map(value => ` ${value}`);
  return payload(`${name}${which}`, made => {
    made.room('return_pointer', 'return_size', struct === undefined ? ROOM : made.structSize(struct) + WORD);
    made.put({ op: made.number(op), ...more });
  });
}

/** The first bytes of an answer: no more is written than there is room for. */
function begun(op: string, bytes = SHORT, more: Members = {}): Payload {
  return payload(
    `the first bytes of ${op.slice('HL_INFO_'.length).toLowerCase().replaceAll('_', ' ')}`,
    made => {
      made.room('return_pointer', 'return_size', bytes);
      made.put({ op: made.number(op), ...more });
    },
  );
}

const answers: readonly Payload[] = [
  told('HL_INFO_HW_IP_INFO', 'hl_info_hw_ip_info'),
  told('HL_INFO_HW_EVENTS'),
  told('HL_INFO_DRAM_USAGE', 'hl_info_dram_usage'),
  told('HL_INFO_HW_IDLE', 'hl_info_hw_idle'),
  told('HL_INFO_DEVICE_STATUS', 'hl_info_device_status'),
  told('HL_INFO_DEVICE_UTILIZATION', 'hl_info_device_utilization'),
  told('HL_INFO_HW_EVENTS_AGGREGATE'),
  told('HL_INFO_CLK_RATE', 'hl_info_clk_rate'),
  told('HL_INFO_RESET_COUNT', 'hl_info_reset_count'),
  told('HL_INFO_TIME_SYNC', 'hl_info_time_sync'),
  told('HL_INFO_CS_COUNTERS', 'hl_info_cs_counters'),
  told('HL_INFO_PCI_COUNTERS', 'hl_info_pci_counters'),
  told('HL_INFO_CLK_THROTTLE_REASON', 'hl_info_clk_throttle'),
  told('HL_INFO_SYNC_MANAGER', 'hl_info_sync_manager', { dcore_id: 3n }),
  told('HL_INFO_TOTAL_ENERGY', 'hl_info_energy'),
  told('HL_INFO_PLL_FREQUENCY', 'hl_pll_frequency_info', { pll_index: 1n }),
  told('HL_INFO_POWER', 'hl_power_info'),
  told('HL_INFO_OPEN_STATS', 'hl_open_stats_info'),
  told('HL_INFO_DRAM_REPLACED_ROWS'),
  told('HL_INFO_DRAM_PENDING_ROWS'),
  told('HL_INFO_LAST_ERR_OPEN_DEV_TIME', 'hl_info_last_err_open_dev_time'),
  told('HL_INFO_CS_TIMEOUT_EVENT', 'hl_info_cs_timeout_event'),
  told('HL_INFO_RAZWI_EVENT', 'hl_info_razwi_event'),
  told('HL_INFO_DEV_MEM_ALLOC_PAGE_SIZES', 'hl_info_dev_memalloc_page_sizes'),
  told('HL_INFO_SECURED_ATTESTATION', 'hl_info_sec_attest', { sec_attest_nonce: 0x1234n }),
  told('HL_INFO_GET_EVENTS'),
  told('HL_INFO_UNDEFINED_OPCODE_EVENT', 'hl_info_undefined_opcode_event'),
  told('HL_INFO_ENGINE_STATUS'),
  told('HL_INFO_PAGE_FAULT_EVENT', 'hl_page_fault_info'),
  told('HL_INFO_USER_MAPPINGS'),
  told('HL_INFO_FW_GENERIC_REQ'),
  told('HL_INFO_FW_GENERIC_REQ', undefined, { fw_sub_opcode: 1n }),
  told('HL_INFO_HW_ERR_EVENT', 'hl_info_hw_err_event'),
  told('HL_INFO_FW_ERR_EVENT', 'hl_info_fw_err_event'),
  told('HL_INFO_USER_ENGINE_ERR_EVENT', 'hl_info_engine_err_event'),
  told('HL_INFO_DEV_SIGNED', 'hl_info_signed', { sec_attest_nonce: 0x1234n }),
  ...[
    'HL_INFO_HW_IP_INFO',
    'HL_INFO_DRAM_USAGE',
    'HL_INFO_DEVICE_STATUS',
    'HL_INFO_DEVICE_UTILIZATION',
    'HL_INFO_CLK_THROTTLE_REASON',
    'HL_INFO_OPEN_STATS',
    'HL_INFO_DEV_MEM_ALLOC_PAGE_SIZES',
  ].map(op => begun(op)),
  // What the device knows ends there: what follows shows when it is written all the same.
  begun('HL_INFO_SYNC_MANAGER', 12n, { dcore_id: 0n }),
];

/** A file has one eventfd: whether it has one does not depend on what was tried before. */
const eventfds: readonly Payload[] = [
  payload('register eventfd', made => {
    made.perhaps(INFO, { op: made.number('HL_INFO_UNREGISTER_EVENTFD') });
    made.put({ op: made.number('HL_INFO_REGISTER_EVENTFD'), eventfd: made.eventfd() });
  }),
  payload('unregister eventfd', made => {
    made.perhaps(INFO, { op: made.number('HL_INFO_REGISTER_EVENTFD'), eventfd: made.eventfd() });
    made.put({ op: made.number('HL_INFO_UNREGISTER_EVENTFD') });
  }),
  payload(
    'a second eventfd',
    made => {
      made.perhaps(INFO, { op: made.number('HL_INFO_REGISTER_EVENTFD'), eventfd: made.eventfd() });
      made.put({ op: made.number('HL_INFO_REGISTER_EVENTFD'), eventfd: made.eventfd() });
    },
    { breaks: 'eventfd-registered' },
  ),
  payload(
    'no eventfd to be unregistered',
    made => {
      made.perhaps(INFO, { op: made.number('HL_INFO_UNREGISTER_EVENTFD') });
      made.put({ op: made.number('HL_INFO_UNREGISTER_EVENTFD') });
    },
    { breaks: 'eventfd-unregistered' },
  ),
];

const commandBuffers: readonly Payload[] = [
  payload('a command buffer', made => made.put({ 'in.op': 0n, 'in.cb_size': PAGE })),
  payload('a command buffer that the device sees', made =>
    made.put({ 'in.op': 0n, 'in.cb_size': PAGE, 'in.flags': made.number('HL_CB_FLAGS_MAP') }),
  ),
  payload('the end of a command buffer', made =>
    made.put({ 'in.op': made.number('HL_CB_OP_DESTROY'), 'in.cb_handle': made.commandBuffer() }),
  ),
  payload('the users of a command buffer', made =>
    made.put({ 'in.op': made.number('HL_CB_OP_INFO'), 'in.cb_handle': made.commandBuffer() }),
  ),
  payload('where the device sees a command buffer', made =>
    made.put({
      'in.op': made.number('HL_CB_OP_INFO'),
      'in.cb_handle': made.commandBuffer(made.number('HL_CB_FLAGS_MAP')),
      'in.flags': made.number('HL_CB_FLAGS_GET_DEVICE_VA'),
    }),
  ),
];

/** Exports where memory has no virtual addresses, each wrong in one way. */
const MISPLACED: Readonly<Record<string, (made: Maker) => Members>> = {
  'export-no-offset': () => ({ 'in.export_dmabuf_fd.offset': PAGE }),
  'export-physical-size': () => ({ 'in.export_dmabuf_fd.mem_size': 0n }),
  'export-below': made => ({
    'in.export_dmabuf_fd.addr': made.parameter('chip.dram_base_address') - PAGE,
  }),
};

const memories: readonly Payload[] = [
  payload('memory of the device', made => made.put({ ...IDLE, 'in.op': 0n, 'in.alloc.mem_size': PAGE }), {
    makes: 'device_memory',
  }),
  payload(
    'memory of the device that others may use',
    made =>
      made.put({
        ...IDLE,
        'in.op': 0n,
        'in.flags': made.number('HL_MEM_SHARED'),
        'in.alloc.mem_size': PAGE,
      }),
    { makes: 'device_memory' },
  ),
  payload('the end of memory of the device', made =>
    made.put({ 'in.op': made.number('HL_MEM_OP_FREE'), 'in.free.handle': made.memory() }),
  ),
  payload(
    'a mapping of memory of the device',
    made =>
      made.put({
        ...IDLE,
        'in.op': made.number('HL_MEM_OP_MAP'),
        'in.map_device.handle': made.memory(),
        'in.map_host.mem_size': 1n,
      }),
    { makes: 'device_mapping' },
  ),
  payload(
    'a mapping of memory of the program',
    made =>
      made.put({
        ...IDLE,
        'in.op': made.number('HL_MEM_OP_MAP'),
        'in.flags': made.number('HL_MEM_USERPTR'),
        'in.map_host.host_virt_addr': made.host(),
        'in.map_host.mem_size': PAGE,
      }),
    { makes: 'device_mapping' },
  ),
  payload('the end of a mapping', made =>
    made.put({ 'in.op': made.number('HL_MEM_OP_UNMAP'), 'in.unmap.device_virt_addr': made.mapped() }),
  ),
  payload(
    'a dma-buf of memory of the device',
    made => made.put({ ...IDLE, 'in.flags': O_CLOEXEC, ...made.exported() }),
    { gives: 'dma-buf' },
  ),
  payload('a dma-buf of the last page, which exec leaves open', made => made.put(made.exported(true))),
  payload(
    'the end of memory that is mapped',
    made => {
      const memory = made.memory();
      made.mapped(memory);
      made.put({ 'in.op': made.number('HL_MEM_OP_FREE'), 'in.free.handle': memory });
    },
    { breaks: 'free-mapped' },
  ),
  payload(
    'a dma-buf of memory of the program',
    made =>
      made.put({
        'in.op': made.number('HL_MEM_OP_EXPORT_DMABUF_FD'),
        'in.export_dmabuf_fd.addr': made.mappedHost(),
        'in.export_dmabuf_fd.mem_size': PAGE,
      }),
    { breaks: 'export-host' },
  ),
  ...Object.entries(MISPLACED).map(([breaks, wrong]) =>
    payload(`a dma-buf of Gaudi: ${breaks}`, made => made.put({ ...made.exported(), ...wrong(made) }), {
      breaks,
    }),
  ),
  payload('a block of registers', made =>
    made.put({ 'in.op': made.number('HL_MEM_OP_MAP_BLOCK'), 'in.map_block.block_addr': BLOCK }),
  ),
  payload(
    'room for timestamps',
    made => made.put({ 'in.op': made.number('HL_MEM_OP_TS_ALLOC'), 'in.num_of_elements': 512n }),
    { makes: 'ts_buffer' },
  ),
];

const submissions: readonly Payload[] = [
  payload('a command buffer on a queue', made => {
    made.array('in.chunks_execute', 'in.num_chunks_execute', made.structSize('hl_cs_chunk'), 1);
    made.put({
      'in.chunks_execute[0].cb_handle': made.commandBuffer(),
      'in.chunks_execute[0].queue_index': 0n,
      'in.chunks_execute[0].cb_size': WORD,
      'in.chunks_execute[0].cs_chunk_flags': 0n,
    });
  }),
  payload('signals that are set aside', made =>
    made.put({
      'in.cs_flags': made.number('HL_CS_FLAGS_RESERVE_SIGNALS_ONLY'),
      'in.encaps_signals_count': 1n,
      'in.encaps_signals_q_idx': 0n,
    }),
  ),
];

const waits: readonly Payload[] = [
  payload('a look at a submission', made => made.put({ 'in.seq': 1n, 'in.timeout_us': 0n })),
  payload('a look at several submissions', made => {
    made.put({
      'in.flags': made.number('HL_WAIT_CS_FLAGS_MULTI_CS'),
      'in.timeout_us': 0n,
      'in.seq': made.host(),
    });
    made.put({ 'in.seq_arr_len': 1n });
  }),
  payload('a look at an interrupt', made =>
    made.put({
      'in.addr': made.host(),
      'in.target': 0n,
      'in.flags':
        made.number('HL_WAIT_CS_FLAGS_ANY_CQ_INTERRUPT') | made.number('HL_WAIT_CS_FLAGS_INTERRUPT'),
      'in.interrupt_timeout_us': 0n,
    }),
  ),
];

const SET_MODE = 'HL_DEBUG_OP_SET_MODE';

/** The device has one debug mode: each call begins with the one that it needs, whatever was tried before. */
const debugged = (label: string, on: boolean, op: string, more: Members = {}, rest: Partial<Payload> = {}) =>
  payload(
    label,
    made => {
      made.perhaps(DEBUG, { op: made.number(SET_MODE), enable: on ? 1n : 0n });
      made.put({ op: made.number(op), ...more });
    },
    rest,
  );

const debugging: readonly Payload[] = [
  debugged('nothing to a component', true, 'HL_DEBUG_OP_TIMESTAMP'),
  debugged('the debug mode', false, SET_MODE, { enable: 1n }),
  debugged('the end of the debug mode', true, SET_MODE, { enable: 0n }),
  debugged('the debug mode twice', true, SET_MODE, { enable: 1n }, { breaks: 'already-on' }),
  debugged('the end of the debug mode twice', false, SET_MODE, { enable: 0n }, { breaks: 'already-off' }),
  debugged(
    'a component outside the debug mode',
    false,
    'HL_DEBUG_OP_TIMESTAMP',
    {},
    { breaks: 'not-in-debug' },
  ),
  ...['ETR', 'ETF', 'STM', 'BMON', 'SPMU'].map(name =>
    payload(`a setting of ${name}`, made => {
      made.perhaps(DEBUG, { op: made.number(SET_MODE), enable: 1n });
      made.room('input_ptr', 'input_size', made.structSize(`hl_debug_params_${name.toLowerCase()}`) + WORD);
      made.put({ op: made.number(`HL_DEBUG_OP_${name}`) });
    }),
  ),
  payload('what is told of a component', made => {
    made.perhaps(DEBUG, { op: made.number(SET_MODE), enable: 1n });
    made.put({ op: made.number('HL_DEBUG_OP_TIMESTAMP') });
    made.room('output_ptr', 'output_size', 8n * WORD);
  }),
];

export const habanalabsPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [INFO]: [...answers, ...eventfds],
  [CB]: commandBuffers,
  [CS]: submissions,
  [WAIT]: waits,
  [MEMORY]: memories,
  [DEBUG]: debugging,
};
