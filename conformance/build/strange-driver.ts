/**
 * A driver that the collection does not have: our own module under another name, with or without a fault in how its calls
 * reach their handlers. Drivers make such faults in an ioctl of their own around drm_ioctl().
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import { buildModule } from '../targets/qemu/index.ts';
import { type Edit, plant } from './planted-changes.ts';

export interface StrangeFault {
  readonly name: string;
  /** Before drm_ioctl(), where `own` is the request that the driver's table has. */
  readonly before?: string;
  /** After it, where `ret` is what it returned. */
  readonly after?: string;
  /** The clause by which it has to be found. */
  readonly clause: string;
}

export const STRANGE = 'stranger';

export const strangeFaults: readonly StrangeFault[] = [
  {
    name: 'a longer struct is refused',
    before: 'if (_IOC_SIZE(cmd) > _IOC_SIZE(own))\n\t\treturn -EINVAL;',
    clause: 'dispatch.long-argument',
  },
  {
    name: 'a shorter struct is refused',
    before: 'if (_IOC_SIZE(cmd) < _IOC_SIZE(own))\n\t\treturn -EINVAL;',
    clause: 'dispatch.short-argument',
  },
  {
    name: 'another direction is refused',
    before: 'if (_IOC_DIR(cmd) != _IOC_DIR(own))\n\t\treturn -EACCES;',
    clause: 'dispatch.direction',
  },
  {
    name: 'a NULL argument has an errno of its own',
    before: 'if (!arg && _IOC_SIZE(cmd))\n\t\treturn -EINVAL;',
    clause: 'dispatch.null-argument',
  },
  {
    name: 'memory that cannot be had is called invalid',
    after: 'if (ret == -EFAULT)\n\t\tret = -EINVAL;',
    clause: 'dispatch.bad-argument',
  },
  {
    name: 'bytes behind a longer struct are written',
    after:
      'if (_IOC_SIZE(cmd) > _IOC_SIZE(own) && put_user((u8)1, (u8 __user *)arg + _IOC_SIZE(own)))\n\t\tret = -EFAULT;',
    clause: 'dispatch.long-argument',
  },
];

const FOPS =
  'static const struct file_operations accelref_fops = {\n\t.owner = THIS_MODULE,\n\tDRM_ACCEL_FOPS,\n';

function edits({ before = '', after = '' }: Partial<StrangeFault>): Edit[] {
  const wrapper = `static long stranger_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const unsigned int nr = _IOC_NR(cmd) - DRM_COMMAND_BASE;
	const unsigned int own = nr < ARRAY_SIZE(accelref_ioctls) ? accelref_ioctls[nr].cmd : 0;
	long ret;

	if (!own || _IOC_TYPE(cmd) != _IOC_TYPE(own))
		return drm_ioctl(filp, cmd, arg);
	${before}
	ret = drm_ioctl(filp, cmd, arg);
	${after}
	return ret;
}

`;
  return [
    {
      name: STRANGE,
      file: 'accelref_drv.c',
      from: '#define ACCELREF_NAME "accelref"',
      to: `#define ACCELREF_NAME "${STRANGE}"`,
    },
    {
      name: 'an ioctl of its own',
      file: 'accelref_drv.c',
      from: FOPS,
      to: `${wrapper}${FOPS}\t.unlocked_ioctl = stranger_ioctl,\n`,
    },
  ];
}

/** The module for the newest kernel; without a fault it differs from ours in its name only. */
export async function strangeModule(fault: Partial<StrangeFault> = {}): Promise<string> {
  const source = join(packageRoot(), 'reference/module');
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-stranger-'));
  try {
    for (const [at, each] of edits(fault).entries()) plant(at === 0 ? source : folder, folder, each);
    return (await buildModule({ source: folder, kernel: 'newest', arch: 'amd64' })).ko;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
