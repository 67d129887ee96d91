/** Errno numbers of the kernel's generic ABI (include/uapi/asm-generic/errno*.h), which all five ABIs use. */
const numbers: Record<string, number> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  ETIME: 62,
  EREMOTE: 66,
  EPROTO: 71,
  EOVERFLOW: 75,
  EBADFD: 77,
  EUSERS: 87,
  EOPNOTSUPP: 95,
  ETIMEDOUT: 110,
  EALREADY: 114,
  EINPROGRESS: 115,
  ESTALE: 116,
  ECANCELED: 125,
  EKEYREJECTED: 129,
  ERESTARTSYS: 512,
};
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

/** The number of an errno name. */
export function errnoNumber(name: string): number {
  const number = numbers[name];
  if (number === undefined) throw new Error(`${name} is not an errno of the generic Linux ABI`);
  return number;
}

/** The name of an errno number, or `errno N` for one that the generic ABI does not name here. 0 is `success`. */
export function errnoName(number: number): string {
  return number === 0 ? 'success' : (names.get(number) ?? `errno ${number}`);
}
