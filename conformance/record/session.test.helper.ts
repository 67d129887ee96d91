/** What a recorder writes of a short session on ethosu. */
import { catalogue, type TraceFile } from '../../schemas/index.ts';
import { writeProgram } from '../trace/trace-file.ts';
import type { RecordedEvent } from './events.ts';
import { programOf } from './program.ts';
import { recorderTable } from './table.ts';

export const table = recorderTable(catalogue().drivers.get('ethosu')!, 'x86_64');
export const layout = (name: string) => table.layouts.findIndex(each => each.name === name);
export const common = { pid: 1, tid: 1, time: '0' };
export const open = (file: number): RecordedEvent => ({
  ...common,
  e: 'open',
  path: '/dev/accel/accel0',
  flags: 2,
  ret: 3,
  file,
});
export const create = (size: string, out: string | undefined, ret = 0): RecordedEvent => ({
  ...common,
  e: 'ioctl',
  file: 1,
  request: '0xc0106441',
  arg: '0x1000',
  ret,
  began: '0',
  fds: [],
  mem: [
    {
      layout: layout('drm_ethosu_bo_create'),
      stride: 16,
      at: '0x1000',
      in: `${size}0000000000000000`,
      ...(out ? { out: `${size}00000000${out}` } : {}),
    },
  ],
});
export const close = (handle: string): RecordedEvent => ({
  ...common,
  e: 'ioctl',
  file: 1,
  request: '0x40086409',
  arg: '0x2000',
  ret: 0,
  began: '0',
  fds: [],
  mem: [{ layout: layout('drm_gem_close'), stride: 8, at: '0x2000', in: `${handle}00000000` }],
});
export const PAGE = '0010000000000000';
export const session = [
  open(1),
  create(PAGE, '2a000000'),
  close('2a000000'),
  create('0000000000000000', undefined, -22),
];

/** The events as the trace that `record` would write. */
export function recordingOf(events: readonly RecordedEvent[]): TraceFile {
  const { program, labels, results, masked, left } = programOf(events, table, []);
  return {
    trace: 1,
    kit: '0',
    target: {
      name: 'reference:ethosu',
      release: '7.3.4',
      driver: 'ethosu',
      abi: 'x86_64',
      node: '/dev/accel/accel0',
      minor: 0,
      params: {},
    },
    finding: {
      clause: 'record',
      instance: 'test',
      case: 'record',
      step: 0,
      kind: 'recorded',
      expected: 'the recorded results',
      observed: 'the recorded results',
    },
    recorded: {
      command: ['test'],
      whole: true,
      masked,
      left: [...left],
      results: results.map(result => result && { ...result, after: [...result.after] }),
    },
    program: writeProgram(program, labels),
  };
}
