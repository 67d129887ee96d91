/** Which kernel answers: not only its release, also the build. */
import { createHash } from 'node:crypto';
import type { Link } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { contentAfter } from '../run/identity.ts';

/** Below what an executor reports byte by byte (the diffLimit of its hello), and enough for both files. */
const ROOM = 4096;

export interface KernelBuild {
  readonly release: string;
  /** The text of /proc/version; empty where there is none. */
  readonly version: string;
  /** SHA-256 of /sys/kernel/notes, which hold the build id of the image; empty where there are none. */
  readonly notes: string;
}

export async function kernelBuild(link: Link): Promise<KernelBuild> {
  const builder = new ProgramBuilder();
  const reads = ['/proc/version', '/sys/kernel/notes'].map(path => {
    const buffer = builder.buffer(ROOM, { align: 'start' });
    const args = [builder.path(path), addressOf(buffer), constant(ROOM)];
    return { buffer, step: builder.step(`read ${path}`, 'readfile', args) };
  });
  const trace = await link.run(builder.build());
  const [version, notes] = reads.map(({ buffer, step }) => {
    const result = trace.results[step];
    if (result?.errno !== 0 || result.ret <= 0n) return new Uint8Array(0);
    return contentAfter(trace, buffer).subarray(0, Number(result.ret));
  });
  return {
    release: link.hello.release,
    version: new TextDecoder().decode(version).trim(),
    notes: notes!.length === 0 ? '' : createHash('sha256').update(notes!).digest('hex'),
  };
}
