import type { Link, Program } from '../../../schemas/index.ts';

/** Looking up a name in devtmpfs takes microseconds; an emulated machine on a busy computer may stall for seconds. */
const STAT_DEADLINE_MS = 10_000;
/** Larger than the record that the step writes. */
const STATUS_SIZE = 256;

/** Whether `path` exists where the executor runs. */
export async function nodeExists(link: Link, path: string): Promise<boolean> {
  const name = new TextEncoder().encode(`${path}\0`);
  const program: Program = {
    buffers: [
      { size: name.length, data: name, access: 'read', align: 'start' },
      { size: STATUS_SIZE, data: new Uint8Array(0), access: 'readwrite', align: 'start' },
    ],
    slots: 0,
    steps: [
      {
        op: 'stat',
        args: [
          { kind: 'address', buffer: 0 },
          { kind: 'address', buffer: 1 },
        ],
        deadline: STAT_DEADLINE_MS,
      },
    ],
  };
  const { results } = await link.run(program);
  return results[0]?.status === 'done' && results[0].ret === 0n;
}
