/** The checks of five calls as one writes them for one driver: over the bytes alone, with plain numbers where they do. */

/** What the handler knows besides its argument. */
export interface Known {
  /** The one handle that there is. */
  readonly handle: number;
  readonly pageSize: bigint;
  readonly now: bigint;
  readonly hasGem: boolean;
  readonly hasSyncobj: boolean;
  /** Whether a job uses the buffer of a handle, or a fence is on it. */
  readonly busy: (handle: number) => boolean;
}

export type BareCheck = (view: DataView, known: Known) => string | undefined;

const U64 = 64;

export const bareChecks: Readonly<Record<string, BareCheck>> = {
  DRM_IOCTL_ETHOSU_BO_CREATE: (view, { pageSize }) => {
    const size = view.getBigUint64(0, true);
    if (size === 0n) return 'EINVAL';
    if ((view.getUint32(8, true) & ~1) !== 0) return 'EINVAL';
    const rounded = BigInt.asUintN(U64, ((size + pageSize - 1n) / pageSize) * pageSize);
    if (rounded === 0n) return 'ENOSPC';
    if (rounded > 0x7fff_ffff_ffff_ffffn) return 'EINVAL';
    if (rounded > 0xff_fff0_0000n) return 'ENOSPC';
    return undefined;
  },
  DRM_IOCTL_ETHOSU_BO_WAIT: (view, { handle, now, busy }) => {
    if (view.getUint32(4, true) !== 0) return 'EINVAL';
    const asked = view.getUint32(0, true);
    if (asked !== handle) return 'ENOENT';
    if (busy(asked) && view.getBigInt64(8, true) <= now) return 'ETIME';
    return undefined;
  },
  DRM_IOCTL_GEM_CLOSE: (view, { handle, hasGem }) => {
    if (!hasGem) return 'EOPNOTSUPP';
    return view.getUint32(0, true) === handle ? undefined : 'EINVAL';
  },
  DRM_IOCTL_SYNCOBJ_CREATE: (view, { hasSyncobj }) => {
    if (!hasSyncobj) return 'EOPNOTSUPP';
    return (view.getUint32(4, true) & ~1) !== 0 ? 'EINVAL' : undefined;
  },
  DRM_IOCTL_VGEM_FENCE_ATTACH: (view, { handle, busy }) => {
    if ((view.getUint32(4, true) & ~1) !== 0) return 'EINVAL';
    if (view.getUint32(12, true) !== 0) return 'EINVAL';
    const asked = view.getUint32(0, true);
    if (asked !== handle) return 'ENOENT';
    return busy(asked) ? 'EBUSY' : undefined;
  },
};
