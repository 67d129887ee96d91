/** Faults of the core that no edit of a description can express; a mutant sets one. All are absent by default. */
import type { Op } from '../../schemas/index.ts';
import type { Client, KernelObject } from '../drm/objects.ts';
import type { ControlFault } from '../management/control-faults.ts';
import type { Behaviour } from './scene.ts';

/**
 * Its files stay; its number still opens; its mappings end; what was handed out ends too; closing sticks; it comes
 * back without a node; descriptors of the old device work on the new one; it goes when no call sleeps any more.
 */
export type UnplugFault =
  | 'files-stay'
  | 'still-opens'
  | 'mappings-end'
  | 'buffers-end'
  | 'close-sticks'
  | 'stays-away'
  | 'revives'
  | 'held-up';

/**
 * Between its checks and what it does; the same, and then it checks again and fails; when the number of its handle is
 * chosen and not yet taken; once its handle can be found and before its object is complete.
 */
export type Split = 'checked' | 'twice' | 'numbered' | 'published';

/**
 * What is wrong with waits: what ends one while it sleeps is missed; signals are ignored, or never lead to a restart; a
 * restart begins the whole time anew; an interrupted one has written its argument; one that is woken begins over, with
 * all that it had looked up; no signal interrupts a read; a poll is restarted as a read is; an interrupted read has
 * taken what comes next.
 */
export type WaitFault =
  | 'misses'
  | 'ignores-signals'
  | 'never-restarts'
  | 'starts-anew'
  | 'scribbles'
  | 'starts-over'
  | 'deaf-reads'
  | 'restarts-polls'
  | 'eats';

/**
 * What goes wrong for a 32-bit program alone: calls that have another struct there are not translated; the files that
 * a node hands out have no calls; the high half of an mmap offset is lost.
 */
export type NarrowFault = 'untranslated' | 'no-file-calls' | 'offset-cut';

export interface CoreFaults {
  /** Refuses or changes how many bytes are copied; sizes in bytes. */
  readonly sizes?: (request: { encoded: number; defined: number; in: number; out: number }) => {
    in: number;
    out: number;
    refuse?: string;
  };
  /** Fills the bytes that the caller did not pass. */
  readonly extend?: (rest: Uint8Array) => void;
  /** The number whose handler runs, for the number that the request has. */
  readonly route?: (number: number) => number;
  /** The number that a new handle gets instead of the lowest free one. */
  readonly issue?: (client: Client, resource: string, lowest: bigint) => bigint;
  /** Looks a handle up another way. */
  readonly find?: (client: Client, resource: string, handle: bigint) => KernelObject | undefined;
  /** Changes the argument after the handler has run, before it is copied out. */
  readonly scribble?: (argument: Uint8Array, call: string) => void;
  /** Most clients at a time. */
  readonly clients?: number;
  /** Closing one descriptor closes every client. */
  readonly closeAll?: boolean;
  /** Objects keep their global names when their clients go. */
  readonly namesStay?: boolean;
  /** Changes the files of the node: path -> content, or undefined to leave it out. */
  readonly file?: (path: string, content: string) => string | undefined;
  /** The major number of the node. */
  readonly major?: number;
  /** A line the kernel logs when the call runs, with its level. */
  readonly log?: (call: string) => { level: number; text: string } | undefined;
  /** What the call returns when it succeeds, instead of 0. */
  readonly returned?: (call: string) => bigint;
  /** The call never returns; its process is killed at the step's deadline. */
  readonly stuck?: (call: string) => boolean;
  /** What the model knows beyond bodies, changed. */
  readonly behaviour?: (strict: Behaviour) => Behaviour;
  /** A mapping may be longer than its object, be made by any client, copy, be writable without the right, show old content, show that of an object that is gone, or end early. */
  readonly mapping?:
    | 'long'
    | 'any-client'
    | 'copy'
    | 'writable'
    | 'not-cleared'
    | 'reused'
    | 'ends-with-handle';
  /** What a file operation on the node returns, instead of what is right: a number or an errno. */
  readonly onNode?: (op: Op) => bigint | string | undefined;
  /** The calls of dma-bufs and sync files are told by letter and number only. */
  readonly filesByNumber?: boolean;
  /** A client goes with its last descriptor in this process, whoever else has one. */
  readonly forgetsFork?: boolean;
  /** The call reads its argument again after the checks of the core, and keeps no copy of what pointers lead to. */
  readonly careless?: (call: string) => boolean;
  /** What is wrong when the device goes and comes back. */
  readonly unplug?: UnplugFault;
  /** Where a call lets others in that it must keep out. A close of a descriptor is the call `close`. */
  readonly split?: (call: string) => Split | undefined;
  readonly wait?: WaitFault;
  readonly narrow?: NarrowFault;
  /** What is wrong with the node for information. */
  readonly control?: ControlFault;
  /** What fdinfo says instead. */
  readonly fdinfo?: (text: string, client: Client) => string;
}
