/** Buffers for a node that makes none: made on the primary node of the device, handed over as a dma-buf. */
import { primaryPath } from '../../reference/index.ts';
import type { Value } from '../../schemas/index.ts';
import { slotValue } from './builder.ts';
import type { CallMaker } from './call-maker.ts';
import { O_RDWR } from './context.ts';

/** A picture of 64 by 64 pixels of 32 bits, which is four pages. */
const SIDE = 64n;
const BITS = 32n;

/** A dma-buf of a new buffer; undefined when the driver's node makes its own. */
export function primaryBuffer(maker: CallMaker): { steps: number[]; fd: Value } | undefined {
  const { builder, context } = maker;
  const create = context.driver.primary.get('DRM_IOCTL_MODE_CREATE_DUMB');
  const exporting = context.driver.primary.get('DRM_IOCTL_PRIME_HANDLE_TO_FD');
  if (!create || !exporting) return undefined;
  const { fd, step: opened } = builder.open(primaryPath(context.minor), O_RDWR);
  const label = (name: string) => `${name} (on the primary node, for a buffer)`;
  const made = maker.call(
    fd,
    create,
    { width: SIDE, height: SIDE, bpp: BITS, flags: 0n },
    { label: label(create.name) },
  );
  const handle = slotValue(builder.lastSlot);
  const slot = builder.slot();
  const exported = maker.call(
    fd,
    exporting,
    { handle, flags: 0n },
    { keep: { field: 'fd', slot }, label: label(exporting.name) },
  );
  return { steps: [opened, made, exported, builder.close(fd)], fd: slotValue(slot) };
}

/** A handle on the node of such a buffer. */
export function importedBuffer(maker: CallMaker, fd: Value): { step: number; handle: Value } | undefined {
  const importing = maker.context.driver.calls.get('DRM_IOCTL_PRIME_FD_TO_HANDLE');
  const made = importing && primaryBuffer(maker);
  if (!made) return undefined;
  const step = maker.call(fd, importing, { fd: made.fd }, { label: `${importing.name} (for a handle)` });
  return { step, handle: slotValue(maker.builder.lastSlot) };
}
