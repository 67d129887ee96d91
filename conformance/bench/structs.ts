/** Structs of different shapes whose codecs are measured. */
export const STRUCTS = [
  { driver: 'ethosu', name: 'drm_gem_close', shape: 'two numbers' },
  { driver: 'ethosu', name: 'drm_ethosu_job', shape: 'an array' },
  { driver: 'amdxdna', name: 'amdxdna_drm_exec_cmd', shape: 'mostly 64 bits' },
  { driver: 'amdxdna', name: 'amdxdna_drm_query_aie_metadata', shape: 'structs with arrays inside' },
  { driver: 'habanalabs', name: 'hl_info_hw_ip_info', shape: '37 members and two texts' },
] as const;

export type StructName = (typeof STRUCTS)[number]['name'];
