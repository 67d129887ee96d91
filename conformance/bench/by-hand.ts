/** What one writes for a struct by hand: the same codecs over a DataView, of Linux 7.3.4's headers on x86_64. */
import type {
  amdxdna_drm_exec_cmd,
  amdxdna_drm_query_aie_metadata,
  drm_ethosu_job,
  drm_gem_close,
  hl_info_hw_ip_info,
} from './generated/codecs.ts';

export interface StructCodec<T> {
  decode(bytes: Uint8Array): T;
  encode(value: T): Uint8Array;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const gemClose: StructCodec<drm_gem_close> = {
  decode(bytes) {
    const view = viewOf(bytes);
    return { handle: view.getUint32(0, true), pad: view.getUint32(4, true) };
  },
  encode(value) {
    const bytes = new Uint8Array(8);
    const view = viewOf(bytes);
    view.setUint32(0, value.handle, true);
    view.setUint32(4, value.pad, true);
    return bytes;
  },
};

const ethosuJob: StructCodec<drm_ethosu_job> = {
  decode(bytes) {
    const view = viewOf(bytes);
    const handles: number[] = [];
    for (let region = 0; region < 8; region += 1) handles.push(view.getUint32(8 + 4 * region, true));
    return {
      cmd_bo: view.getUint32(0, true),
      sram_size: view.getUint32(4, true),
      region_bo_handles: handles,
    };
  },
  encode(value) {
    const bytes = new Uint8Array(40);
    const view = viewOf(bytes);
    view.setUint32(0, value.cmd_bo, true);
    view.setUint32(4, value.sram_size, true);
    for (let region = 0; region < 8; region += 1)
      view.setUint32(8 + 4 * region, value.region_bo_handles[region]!, true);
    return bytes;
  },
};

const execCmd: StructCodec<amdxdna_drm_exec_cmd> = {
  decode(bytes) {
    const view = viewOf(bytes);
    return {
      ext: view.getBigUint64(0, true),
      ext_flags: view.getBigUint64(8, true),
      hwctx: view.getUint32(16, true),
      type: view.getUint32(20, true),
      cmd_handles: view.getBigUint64(24, true),
      args: view.getBigUint64(32, true),
      cmd_count: view.getUint32(40, true),
      arg_count: view.getUint32(44, true),
      seq: view.getBigUint64(48, true),
    };
  },
  encode(value) {
    const bytes = new Uint8Array(56);
    const view = viewOf(bytes);
    view.setBigUint64(0, value.ext, true);
    view.setBigUint64(8, value.ext_flags, true);
    view.setUint32(16, value.hwctx, true);
    view.setUint32(20, value.type, true);
    view.setBigUint64(24, value.cmd_handles, true);
    view.setBigUint64(32, value.args, true);
    view.setUint32(40, value.cmd_count, true);
    view.setUint32(44, value.arg_count, true);
    view.setBigUint64(48, value.seq, true);
    return bytes;
  },
};

type Tile = amdxdna_drm_query_aie_metadata['core'];

function tileAt(view: DataView, at: number): Tile {
  return {
    row_count: view.getUint16(at, true),
    row_start: view.getUint16(at + 2, true),
    dma_channel_count: view.getUint16(at + 4, true),
    lock_count: view.getUint16(at + 6, true),
    event_reg_count: view.getUint16(at + 8, true),
    pad: [view.getUint16(at + 10, true), view.getUint16(at + 12, true), view.getUint16(at + 14, true)],
  };
}

function putTile(view: DataView, at: number, tile: Tile): void {
  view.setUint16(at, tile.row_count, true);
  view.setUint16(at + 2, tile.row_start, true);
  view.setUint16(at + 4, tile.dma_channel_count, true);
  view.setUint16(at + 6, tile.lock_count, true);
  view.setUint16(at + 8, tile.event_reg_count, true);
  for (let index = 0; index < 3; index += 1) view.setUint16(at + 10 + 2 * index, tile.pad[index]!, true);
}

const aieMetadata: StructCodec<amdxdna_drm_query_aie_metadata> = {
  decode(bytes) {
    const view = viewOf(bytes);
    return {
      col_size: view.getUint32(0, true),
      cols: view.getUint16(4, true),
      rows: view.getUint16(6, true),
      version: { major: view.getUint32(8, true), minor: view.getUint32(12, true) },
      core: tileAt(view, 16),
      mem: tileAt(view, 32),
      shim: tileAt(view, 48),
    };
  },
  encode(value) {
    const bytes = new Uint8Array(64);
    const view = viewOf(bytes);
    view.setUint32(0, value.col_size, true);
    view.setUint16(4, value.cols, true);
    view.setUint16(6, value.rows, true);
    view.setUint32(8, value.version.major, true);
    view.setUint32(12, value.version.minor, true);
    putTile(view, 16, value.core);
    putTile(view, 32, value.mem);
    putTile(view, 48, value.shim);
    return bytes;
  },
};

const hwIpInfo: StructCodec<hl_info_hw_ip_info> = {
  decode(bytes) {
    const view = viewOf(bytes);
    return {
      sram_base_address: view.getBigUint64(0, true),
      dram_base_address: view.getBigUint64(8, true),
      dram_size: view.getBigUint64(16, true),
      sram_size: view.getUint32(24, true),
      num_of_events: view.getUint32(28, true),
      device_id: view.getUint32(32, true),
      module_id: view.getUint32(36, true),
      decoder_enabled_mask: view.getUint32(40, true),
      first_available_interrupt_id: view.getUint16(44, true),
      server_type: view.getUint16(46, true),
      cpld_version: view.getUint32(48, true),
      psoc_pci_pll_nr: view.getUint32(52, true),
      psoc_pci_pll_nf: view.getUint32(56, true),
      psoc_pci_pll_od: view.getUint32(60, true),
      psoc_pci_pll_div_factor: view.getUint32(64, true),
      tpc_enabled_mask: view.getUint8(68),
      dram_enabled: view.getUint8(69),
      security_enabled: view.getUint8(70),
      mme_master_slave_mode: view.getUint8(71),
      cpucp_version: bytes.slice(72, 200),
      card_name: bytes.slice(200, 216),
      tpc_enabled_mask_ext: view.getBigUint64(216, true),
      dram_page_size: view.getBigUint64(224, true),
      edma_enabled_mask: view.getUint32(232, true),
      number_of_user_interrupts: view.getUint16(236, true),
      reserved1: view.getUint8(238),
      reserved2: view.getUint8(239),
      reserved3: view.getBigUint64(240, true),
      device_mem_alloc_default_page_size: view.getBigUint64(248, true),
      reserved4: view.getBigUint64(256, true),
      reserved5: view.getBigUint64(264, true),
      reserved6: view.getUint32(272, true),
      reserved7: view.getUint8(276),
      revision_id: view.getUint8(277),
      tpc_interrupt_id: view.getUint16(278, true),
      rotator_enabled_mask: view.getUint32(280, true),
      reserved9: view.getUint32(284, true),
      engine_core_interrupt_reg_addr: view.getBigUint64(288, true),
      reserved_dram_size: view.getBigUint64(296, true),
    };
  },
  encode(value) {
    const bytes = new Uint8Array(304);
    const view = viewOf(bytes);
    view.setBigUint64(0, value.sram_base_address, true);
    view.setBigUint64(8, value.dram_base_address, true);
    view.setBigUint64(16, value.dram_size, true);
    view.setUint32(24, value.sram_size, true);
    view.setUint32(28, value.num_of_events, true);
    view.setUint32(32, value.device_id, true);
    view.setUint32(36, value.module_id, true);
    view.setUint32(40, value.decoder_enabled_mask, true);
    view.setUint16(44, value.first_available_interrupt_id, true);
    view.setUint16(46, value.server_type, true);
    view.setUint32(48, value.cpld_version, true);
    view.setUint32(52, value.psoc_pci_pll_nr, true);
    view.setUint32(56, value.psoc_pci_pll_nf, true);
    view.setUint32(60, value.psoc_pci_pll_od, true);
    view.setUint32(64, value.psoc_pci_pll_div_factor, true);
    view.setUint8(68, value.tpc_enabled_mask);
    view.setUint8(69, value.dram_enabled);
    view.setUint8(70, value.security_enabled);
    view.setUint8(71, value.mme_master_slave_mode);
    bytes.set(value.cpucp_version, 72);
    bytes.set(value.card_name, 200);
    view.setBigUint64(216, value.tpc_enabled_mask_ext, true);
    view.setBigUint64(224, value.dram_page_size, true);
    view.setUint32(232, value.edma_enabled_mask, true);
    view.setUint16(236, value.number_of_user_interrupts, true);
    view.setUint8(238, value.reserved1);
    view.setUint8(239, value.reserved2);
    view.setBigUint64(240, value.reserved3, true);
    view.setBigUint64(248, value.device_mem_alloc_default_page_size, true);
    view.setBigUint64(256, value.reserved4, true);
    view.setBigUint64(264, value.reserved5, true);
    view.setUint32(272, value.reserved6, true);
    view.setUint8(276, value.reserved7);
    view.setUint8(277, value.revision_id);
    view.setUint16(278, value.tpc_interrupt_id, true);
    view.setUint32(280, value.rotator_enabled_mask, true);
    view.setUint32(284, value.reserved9, true);
    view.setBigUint64(288, value.engine_core_interrupt_reg_addr, true);
    view.setBigUint64(296, value.reserved_dram_size, true);
    return bytes;
  },
};

export const byHand = {
  drm_gem_close: gemClose,
  drm_ethosu_job: ethosuJob,
  amdxdna_drm_exec_cmd: execCmd,
  amdxdna_drm_query_aie_metadata: aieMetadata,
  hl_info_hw_ip_info: hwIpInfo,
};
