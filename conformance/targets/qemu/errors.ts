/**
 * Why a virtual machine could not be had, or went away:
 *
 * - `no-machine`: no machine or hardware profile of that name
 * - `no-qemu`, `no-compiler`, `no-tool`: a program of this computer is missing
 * - `no-kernel`: no kernel could be found, fetched or read
 * - `no-module`: the kernel is there, but not a module that the machine needs
 * - `no-device`: the kernel runs, but its driver made no node
 * - `boot-died`: QEMU or the kernel ended before the executor greeted, or said nothing in time, not even on the console
 * - `boot-failed`: the executor did not greet in time, or the machine could not be made
 */
export type QemuErrorKind =
  | 'no-machine'
  | 'no-qemu'
  | 'no-compiler'
  | 'no-tool'
  | 'no-kernel'
  | 'no-module'
  | 'no-device'
  | 'boot-died'
  | 'boot-failed';

/** An error that the user can mend: the message is one sentence that says what to do. */
export class QemuError extends Error {
  readonly kind: QemuErrorKind;
  /** Last lines of the machine's console, oldest first; empty when it never started. */
  readonly console: readonly string[];

  constructor(kind: QemuErrorKind, message: string, console: readonly string[] = []) {
    super(message);
    this.name = 'QemuError';
    this.kind = kind;
    this.console = console;
  }
}
