/**
 * A program is what an executor runs: steps over buffers, with slots that carry values from one step to the
 * next. It knows nothing about any driver. The same object is run by the C executor (through the frames of
 * `schemas/protocol`) and by the in-process reference.
 */

/** A number that is known only when its step runs. All arithmetic is modulo 2^64. */
export type Value =
  | { readonly kind: 'const'; readonly value: bigint }
  /** `((slot >> shift) & mask) + add` */
  | {
      readonly kind: 'slot';
      readonly slot: number;
      readonly shift?: number;
      readonly mask?: bigint;
      readonly add?: bigint;
    }
  /** The address of byte `offset` of a buffer; the offset may lie outside, on the guard pages. */
  | { readonly kind: 'address'; readonly buffer: number; readonly offset?: bigint };

/**
 * What a program may touch through the pointers it hands to the kernel:
 * `readwrite`, `read` (writes fault), `none` (both fault), `hole` (nothing is mapped there at all).
 */
export type Access = 'readwrite' | 'read' | 'none' | 'hole';

/** A piece of memory between two guard pages that nothing can touch. */
export interface Buffer {
  /** Bytes, at least 1. */
  readonly size: number;
  /** First bytes of the initial content; the rest is zero. */
  readonly data: Uint8Array;
  readonly access: Access;
  /** Which edge of the buffer touches its guard page: an overrun by one byte faults at that edge. */
  readonly align: 'start' | 'end';
}

/** Little-endian store of a value into a buffer just before its step runs (a pointer, a handle, an fd). */
export interface Relocation {
  readonly buffer: number;
  readonly offset: number;
  readonly width: 1 | 2 | 4 | 8;
  readonly value: Value;
}

/** Plain store of bytes into a buffer just before its step runs, before the relocations. */
export interface Fill {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Keeps a number for later steps: the step's return value, or an unsigned number read from a buffer after it. */
export type Capture =
  | { readonly slot: number; readonly from: 'return' }
  | {
      readonly slot: number;
      readonly from: 'buffer';
      readonly buffer: number;
      readonly offset: number;
      readonly width: 1 | 2 | 4 | 8;
    };

/**
 * What a step does. The arguments are numbers; a path, a name or a structure is the address of a buffer.
 * The protocol description (`schemas/protocol/protocol.yaml`) documents each with its arguments in order.
 */
export type Op =
  | 'nop'
  | 'open' // path, flags, mode -> descriptor
  | 'close' // descriptor
  | 'dup' // descriptor -> descriptor
  | 'ioctl' // descriptor, request, argument
  | 'mmap' // address, length, prot, flags, descriptor, offset -> address
  | 'munmap' // address, length
  | 'load' // address, width -> value; a fault is caught and reported
  | 'store' // address, width, value; likewise
  | 'read' // descriptor, address, length
  | 'write' // descriptor, address, length
  | 'lseek' // descriptor, offset, whence
  | 'poll' // descriptor, events, timeout in ms -> revents
  | 'fcntl' // descriptor, command, argument
  | 'stat' // path, address of a `file_status`
  | 'mknod' // path, mode, major, minor
  | 'unlink' // path
  | 'readlink' // path, address, length
  | 'readfile' // path, address, length -> bytes read (open, read up to length, close)
  | 'listdir' // path, address, length -> bytes written: names, each with a NUL, without . and ..
  | 'holders' // major, minor -> number of other processes that hold the character device open
  | 'sleep' // milliseconds
  | 'eventfd' // initial, flags -> descriptor
  | 'writefile' // path, address, length -> bytes written (open, one write, close)
  | 'mprotect' // address, length, prot
  | 'mremap' // address, old length, new length, flags -> address
  | 'madvise' // address, length, advice
  | 'checksum' // address, length -> CRC-32; a fault is caught and reported
  | 'clock' // -> CLOCK_MONOTONIC in nanoseconds
  | 'identity' // uid, capabilities: who the worker is from now on
  | 'fork' // -> process number of a child that holds what the program has and sleeps
  | 'kill' // process number, signal; waits until the child is gone
  | 'repeat' // first step, count, times -> rounds that ended as reported
  | 'fill' // address, length, byte; a fault is caught and reported
  | 'copy' // address, source, length; a fault is caught and reported
  | 'parallel' // steps of three lanes, offsets of three lanes in us -> lanes; the steps that follow run side by side
  | 'signal' // lane, signal number, restart, limit in ms -> 1 when the lane was blocked in a step
  | 'netlink' // protocol -> descriptor of a socket with extended acks; write sends, read and poll receive
  | 'membership'; // descriptor, multicast group

export interface Step {
  readonly op: Op;
  readonly args: readonly Value[];
  readonly fills?: readonly Fill[];
  readonly patches?: readonly Relocation[];
  readonly captures?: readonly Capture[];
  /** Milliseconds after which the supervisor ends the worker; a named constant decides it, never a guess. */
  readonly deadline: number;
}

export interface Program {
  readonly buffers: readonly Buffer[];
  /** Number of slots; all are zero at the start. */
  readonly slots: number;
  readonly steps: readonly Step[];
}

/**
 * How a step ended: `done` (return value and errno count), `fault` (load or store raised `signal`),
 * `deadline` (the worker was killed), `unkillable` (and did not die), `died` (the worker ended by `signal`).
 */
export type StepStatus = 'done' | 'fault' | 'deadline' | 'unkillable' | 'died';

/** Bytes of a buffer that the step changed. Above `diffLimit` bytes of a buffer only a hash is reported. */
export interface Diff {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** CRC-32 of the whole content of a buffer larger than `diffLimit` that the step changed. */
export interface Hash {
  readonly buffer: number;
  readonly crc32: number;
}

export interface StepResult {
  readonly step: number;
  readonly status: StepStatus;
  /** Raw return value; -1 with `errno` set when the call failed. */
  readonly ret: bigint;
  /** Linux errno number of the generic ABI, 0 when the call did not fail. */
  readonly errno: number;
  readonly signal: number;
  /** CLOCK_MONOTONIC nanoseconds just before and just after the call. */
  readonly before: bigint;
  readonly after: bigint;
  readonly diffs: readonly Diff[];
  readonly hashes: readonly Hash[];
}

/** One record of the kernel log; `step` is -1 when it came outside any step. */
export interface LogRecord {
  readonly step: number;
  /** Syslog level: 0 emergency .. 7 debug. */
  readonly level: number;
  readonly text: string;
}

/** How the whole program ended. `taint` is /proc/sys/kernel/tainted after it. */
export interface ProgramEnd {
  readonly status: 'complete' | 'cut';
  readonly taint: bigint;
  /** Kernel stack of an unkillable worker, else empty. */
  readonly stack: string;
}

/** A program with what was observed. `results` is shorter than `program.steps` when the run was cut. */
export interface Trace {
  readonly program: Program;
  readonly results: readonly StepResult[];
  readonly log: readonly LogRecord[];
  readonly end: ProgramEnd;
}

/** Names of the ABIs that layouts and request numbers are computed for. */
export type AbiName = 'x86_64' | 'i386' | 'aarch64' | 'armhf' | 'riscv64';

/** What an executor says of itself and its machine before anything else. */
export interface Hello {
  readonly protocol: number;
  readonly abi: AbiName;
  readonly pageSize: number;
  /** `uname -r`; for the reference the kernel whose behaviour it models. */
  readonly release: string;
  readonly bootId: string;
  readonly uid: number;
  /** Effective capabilities, as in CapEff of /proc/self/status. */
  readonly capabilities: bigint;
  /** Whether the kernel log can be read and marked. */
  readonly log: boolean;
  /** Whether it can run steps in lanes; absent when it cannot. */
  readonly lanes?: true;
  /** Whether it knows netlink sockets; absent when it does not. */
  readonly netlink?: true;
  /** Whether it copies ranges of memory; absent when it does not. */
  readonly copy?: true;
  /** /proc/sys/kernel/tainted before the first program, after modules were loaded. */
  readonly taint: bigint;
  /** Buffers above this many bytes are reported by hash. */
  readonly diffLimit: number;
}

/**
 * How the device works on jobs, where something below the link decides it: each ends well at once, each ends well
 * after a while, each fails, or each hangs until a watchdog ends it; the first hangs and all others end well; or each
 * hangs and the device says that it stopped at a place far outside of its commands.
 */
export type DeviceMood = 'complete' | 'late' | 'fault' | 'hang' | 'hang-once' | 'lost';

/** Anything that runs programs. Events stream while the program runs; the promise gives the whole trace. */
export interface Link {
  readonly hello: Hello;
  /** With `prompt` every result comes as soon as its step ended, so that the step that takes the machine down is known. */
  run(
    program: Program,
    onEvent?: (event: StepResult | LogRecord) => void,
    how?: { readonly prompt?: boolean },
  ): Promise<Trace>;
  /** Makes the device behave so from the next job on; absent where nothing can. */
  device?(mood: DeviceMood): Promise<void>;
  /** Steps of the last program whose call read user memory more than once; absent where nothing can watch memory. */
  readAgain?(): readonly { readonly step: number; readonly bytes: number }[];
  close(): Promise<void>;
}
