/** Programs on the reference, for the tests of its machine. */
import {
  type Buffer,
  catalogue,
  encodeRequest,
  errnoName,
  type Step,
  type StepResult,
  type Value,
} from '../../schemas/index.ts';
import { createReference } from '../link.ts';

const driver = catalogue().drivers.get('ethosu')!;
export const reference = createReference({ driver, profile: 'u65' });
export const PAGE = reference.hello.pageSize;

export const c = (value: number | bigint): Value => ({ kind: 'const', value: BigInt(value) });
export const at = (buffer: number, offset = 0): Value => ({
  kind: 'address',
  buffer,
  offset: BigInt(offset),
});
export const slot = (index: number, add = 0n): Value => ({ kind: 'slot', slot: index, add });
export const area = (size: number, data: Uint8Array = new Uint8Array(0)): Buffer => ({
  size,
  data,
  access: 'readwrite',
  align: 'start',
});
export const node = area(32, new TextEncoder().encode('/dev/accel/accel0'));
export const step = (op: Step['op'], args: readonly Value[], more: Partial<Step> = {}): Step => ({
  op,
  args,
  deadline: 1000,
  ...more,
});
export const keep = (index: number): Partial<Step> => ({ captures: [{ slot: index, from: 'return' }] });
/** Opens the node, whose path is buffer 0. */
export const open = (into: number): Step => step('open', [at(0), c(2), c(0)], keep(into));
/** An ioctl of the driver or the core by its name. */
export const ioctl = (
  fd: Value,
  name: string,
  size: number,
  argument: Value,
  more: Partial<Step> = {},
): Step => {
  const { direction, letter, number } = driver.calls.get(name)!.request!;
  return step('ioctl', [fd, c(encodeRequest({ direction, letter, number, size })), argument], more);
};

/** Makes an object of 4 or more KiB, whose argument is `argument`, and asks where it maps: two steps. */
export const mappable = (
  fd: Value,
  argument: { readonly create: number; readonly offset: number },
  into: { readonly handle: number; readonly offset: number },
): Step[] => [
  ioctl(fd, 'DRM_IOCTL_ETHOSU_BO_CREATE', 16, at(argument.create), {
    captures: [{ slot: into.handle, from: 'buffer', buffer: argument.create, offset: 12, width: 4 }],
  }),
  ioctl(fd, 'DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET', 16, at(argument.offset), {
    patches: [{ buffer: argument.offset, offset: 0, width: 4, value: slot(into.handle) }],
    captures: [{ slot: into.offset, from: 'buffer', buffer: argument.offset, offset: 8, width: 8 }],
  }),
];

const short = ({ status, ret, errno }: StepResult) =>
  status === 'done' ? (errno ? errnoName(errno) : String(ret)) : status;

/** How each step ended: the number it returned, the errno, or another status than done; and the results. */
export async function run(
  buffers: Buffer[],
  ...steps: Step[]
): Promise<{ ends: string[]; results: StepResult[] }> {
  const trace = await reference.run({ buffers, slots: 8, steps });
  return { ends: trace.results.map(short), results: [...trace.results] };
}
