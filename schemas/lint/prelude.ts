/**
 * What a driver's header needs of drm.h, where no drm.h is at hand: the letter and the base of the numbers, and the
 * macros that make a request of them. Its types are not needed, since facts of the core are built in.
 */
export const DRM_PRELUDE = `#include <linux/types.h>
#define DRM_IOCTL_BASE 'd'
#define DRM_COMMAND_BASE 0x40
#define DRM_COMMAND_END 0xa0
#define DRM_IO(nr) _IO(DRM_IOCTL_BASE, nr)
#define DRM_IOR(nr, type) _IOR(DRM_IOCTL_BASE, nr, type)
#define DRM_IOW(nr, type) _IOW(DRM_IOCTL_BASE, nr, type)
#define DRM_IOWR(nr, type) _IOWR(DRM_IOCTL_BASE, nr, type)
`;
