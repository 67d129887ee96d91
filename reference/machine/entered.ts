/**
 * What a call has found once it has begun. The kernel looks a descriptor, a device and handles up one time and holds
 * them while the call sleeps (fs/file.c: fdget; drivers/gpu/drm/drm_ioctl.c:850; drivers/gpu/drm/drm_gem.c:908), so
 * that whatever others close, unbind or give up meanwhile does not end the sleep. The model looks at a call that
 * sleeps again from its start, and finds here what it had found.
 */
import type { OpenFile } from './machine.ts';

export class Entered {
  private readonly found = new Map<string, unknown>();
  /** Files that live as long as the call sleeps. */
  readonly files = new Set<OpenFile>();
  /** The call has slept, and goes on. */
  resumed = false;

  /** What was found under the name when the call began. */
  keep<T>(name: string, find: () => T): T {
    if (this.resumed && this.found.has(name)) return this.found.get(name) as T;
    const value = find();
    this.found.set(name, value);
    return value;
  }
}
