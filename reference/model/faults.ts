/** Faults of the core that no edit of a description can express; a mutant sets one. All are absent by default. */
import type { Client, KernelObject } from '../drm/objects.ts';

export interface CoreFaults {
  /** Refuses or changes how many bytes are copied; sizes in bytes. */
  readonly sizes?: (request: { encoded: number; defined: number; in: number; out: number }) => {
    in: number;
    out: number;
    refuse?: string;
  };
  /** Fills the bytes that the caller did not pass. */
  readonly extend?: (rest: Uint8Array) => void;
  /** Looks a handle up another way. */
  readonly find?: (client: Client, resource: string, handle: bigint) => KernelObject | undefined;
  /** Changes the argument after the handler has run, before it is copied out. */
  readonly scribble?: (argument: Uint8Array, call: string) => void;
  /** Most clients at a time. */
  readonly clients?: number;
  /** Closing one descriptor closes every client. */
  readonly closeAll?: boolean;
  /** Changes the files of the node: path -> content, or undefined to leave it out. */
  readonly file?: (path: string, content: string) => string | undefined;
  /** The major number of the node. */
  readonly major?: number;
  /** A line the kernel logs when the call runs, with its level. */
  readonly log?: (call: string) => { level: number; text: string } | undefined;
}
