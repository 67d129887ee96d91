/** What an op is in C: an expression of the type `struct outcome`. */
import {
  type DriverDescription,
  decodeRequest,
  type Op,
  type Step,
  type Value,
} from '../../schemas/index.ts';

/** Ops that are one system call, as its first arguments; the op's own follow. */
const CALLS: Readonly<Partial<Record<Op, string>>> = {
  open: 'SYS_openat, AT_FDCWD',
  close: 'SYS_close',
  dup: 'SYS_dup',
  ioctl: 'SYS_ioctl',
  munmap: 'SYS_munmap',
  read: 'SYS_read',
  write: 'SYS_write',
  fcntl: 'CALL_FCNTL',
  readlink: 'SYS_readlinkat, AT_FDCWD',
  eventfd: 'SYS_eventfd2',
  mprotect: 'SYS_mprotect',
  madvise: 'SYS_madvise',
};

/** Ops that a function of the program does, with the function's name (c-helpers.ts). */
const FUNCTIONS: Readonly<Partial<Record<Op, string>>> = {
  mmap: 'map',
  mremap: 'remap',
  load: 'memory_load',
  store: 'memory_store',
  fill: 'memory_fill',
  copy: 'memory_copy',
  checksum: 'checksum',
  poll: 'poll_one',
  stat: 'status_of',
  readfile: 'read_file',
  writefile: 'write_file',
  sleep: 'rest',
  clock: 'now',
  identity: 'become',
  fork: 'make_child',
  kill: 'end_child',
  repeat: 'repeat',
  netlink: 'netlink_socket',
  membership: 'join_group',
};

/** Ops that look at the machine rather than at the driver, which no case of a family has; and lanes. */
const WITHOUT: ReadonlySet<Op> = new Set(['listdir', 'holders', 'parallel', 'signal']);

export const hasForm = ({ op }: Step): boolean => !WITHOUT.has(op);

export function number(value: bigint): string {
  return value > 0xffffn ? `0x${value.toString(16)}ull` : `${value}`;
}

export function expression(value: Value): string {
  if (value.kind === 'const') return number(BigInt.asUintN(64, value.value));
  if (value.kind === 'address') return `address(${value.buffer}, ${value.offset ?? 0n})`;
  const { slot, shift = 0, mask, add = 0n } = value;
  let text = `slot[${slot}]`;
  if (shift > 0) text = `(${text} >> ${shift})`;
  if (mask !== undefined && mask !== 0xffff_ffff_ffff_ffffn) text = `(${text} & ${number(mask)})`;
  return add === 0n ? text : `(${text} + ${number(BigInt.asUintN(64, add))})`;
}

/** The request with the name of its macro, when it is exactly that one. */
function request(driver: DriverDescription, value: Value): string {
  if (value.kind !== 'const') return expression(value);
  const parts = decodeRequest(value.value);
  const call = [...driver.calls.values()].find(
    each =>
      each.request?.letter === parts.letter &&
      each.request.number === parts.number &&
      each.request.direction === parts.direction,
  );
  return call ? `${number(value.value)} /* ${call.name} */` : number(value.value);
}

/** Whether the steps that a repeat names can be repeated: all before it, none a repeat itself. */
function repeatable(steps: readonly Step[], at: number): boolean {
  const [first, count] = steps[at]!.args;
  if (first?.kind !== 'const' || count?.kind !== 'const' || count.value < 1n) return false;
  if (first.value < 0n || first.value + count.value > BigInt(at)) return false;
  return steps
    .slice(Number(first.value), Number(first.value + count.value))
    .every(step => step.op !== 'repeat');
}

const isWidth = (value: Value | undefined) =>
  value?.kind === 'const' && [1n, 2n, 4n, 8n].includes(value.value);

/** The expression of a step, and the function of c-helpers.ts that it uses. */
export function opText(
  driver: DriverDescription,
  steps: readonly Step[],
  at: number,
): { readonly text: string; readonly helper?: string } {
  const step = steps[at]!;
  const args = step.args.map(expression);
  if (step.op === 'ioctl') args[1] = request(driver, step.args[1]!);
  const first = CALLS[step.op];
  if (first) return { text: `outcome(syscall(${[first, ...args.map(arg => `(long)${arg}`)].join(', ')}))` };
  const wrong =
    (step.op === 'repeat' && !repeatable(steps, at)) ||
    ((step.op === 'load' || step.op === 'store') && !isWidth(step.args[1]));
  if (wrong) return { text: 'fail(EINVAL)', helper: 'fail' };
  const helper = FUNCTIONS[step.op];
  if (helper) return { text: `${helper}(${args.join(', ')})`, helper };
  switch (step.op) {
    case 'lseek':
      return { text: `outcome(lseek((int)${args[0]}, (off_t)${args[1]}, (int)${args[2]}))` };
    case 'unlink':
      return { text: `outcome(syscall(SYS_unlinkat, AT_FDCWD, (long)${args[0]}, 0L))` };
    case 'mknod':
      return {
        text: `outcome(mknod((const char *)(uintptr_t)${args[0]}, (mode_t)${args[1]}, makedev(${args[2]}, ${args[3]})))`,
      };
    default:
      return { text: '(struct outcome){ 0 }' };
  }
}
