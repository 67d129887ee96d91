/** A small trace: a node is opened, and an ioctl on it ends as the finding says. */
import type { Program } from '../../schemas/index.ts';
import { type TraceFile, writeProgram } from './trace-file.ts';

export function igtFile(node: string, finding: Partial<TraceFile['finding']>): TraceFile {
  const data = new TextEncoder().encode(`${node}\0`);
  const program: Program = {
    buffers: [
      { size: data.length, data, access: 'readwrite', align: 'end' },
      { size: 8, data: Uint8Array.of(7), access: 'readwrite', align: 'end' },
    ],
    slots: 1,
    steps: [
      {
        op: 'open',
        args: [
          { kind: 'address', buffer: 0 },
          { kind: 'const', value: 2n },
          { kind: 'const', value: 0n },
        ],
        captures: [{ slot: 0, from: 'return' }],
        deadline: 5000,
      },
      {
        op: 'ioctl',
        args: [
          { kind: 'slot', slot: 0 },
          { kind: 'const', value: 0x40086409n },
          { kind: 'address', buffer: 1 },
        ],
        deadline: 5000,
      },
    ],
  };
  return {
    trace: 1,
    kit: '0',
    target: { name: 'x', release: '7.3.4', driver: 'ethosu', abi: 'x86_64', node, minor: 0, params: {} },
    finding: {
      clause: 'handle.never-issued',
      instance: 'DRM_IOCTL_GEM_CLOSE.handle',
      case: 'handle/never',
      step: 1,
      kind: 'outcome',
      expected: 'EINVAL',
      observed: 'success',
      ...finding,
    },
    program: writeProgram(program, ['open the node', 'DRM_IOCTL_GEM_CLOSE: handle 7']),
  };
}
