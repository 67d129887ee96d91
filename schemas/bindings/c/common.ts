/** What the headers of all drivers share: telling the ABI, a call that restarts, finding and opening a node. */
import { abiDefinition } from './abi-tests.ts';
import { GENERATED, indented } from './text.ts';

export const COMMON_HEADER = 'accel_uapi.h';

/** Bytes of a driver's name that are looked at; the kernel's module names are shorter (include/linux/module.h). */
const NAME_ROOM = 64;
/** Minors of the class accel (drivers/accel/drm_accel.c: ACCEL_MAX_MINORS). */
const MINORS = 256;

/** The common header; it needs C11 or C++17 and the C library of Linux. */
export function commonHeader(): string {
  return `${GENERATED}
#ifndef ACCEL_UAPI_H
#define ACCEL_UAPI_H

/* -std=c11 alone hides what POSIX adds. */
#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) && !defined(_GNU_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/types.h>

#ifndef O_CLOEXEC
#error "include accel_uapi headers before those of the system, or compile with -D_POSIX_C_SOURCE=200809L"
#endif

#ifdef __cplusplus
#define ACCEL_UAPI_ASSERT(condition, what) static_assert(condition, what)
extern "C" {
#else
#define ACCEL_UAPI_ASSERT(condition, what) _Static_assert(condition, what)
#endif

/* The ABI of this program; 0: one whose layouts were never looked at, so that nothing is asserted. */
${abiDefinition()}
/* How many nodes the class accel can have. */
#define ACCEL_UAPI_MINORS ${MINORS}
/* Room for a driver's name with its end, and for a sentence. */
#define ACCEL_UAPI_NAME ${NAME_ROOM}
#define ACCEL_UAPI_SENTENCE 192

/* Why an open failed: the errno, and one sentence. */
struct accel_uapi_error {
${indented(['int errnum;', 'char sentence[ACCEL_UAPI_SENTENCE];'])}};

/*
 * ioctl() that goes on after a signal, and on EAGAIN, as drmIoctl() of libdrm does. Returns what ioctl() returns; errno
 * says why it failed. An argument with a relative time begins it anew, so that such a call can last longer than asked
 * for.
 */
static inline int accel_uapi_ioctl(int fd, unsigned long request, void *argument)
{
${indented([
  'int ret;',
  '',
  'do {',
  '\tret = ioctl(fd, request, argument);',
  '} while (ret == -1 && (errno == EINTR || errno == EAGAIN));',
  'return ret;',
])}}

static inline int accel_uapi_refuse(struct accel_uapi_error *error, int errnum, const char *what, const char *path)
{
${indented([
  'if (error) {',
  '\terror->errnum = errnum;',
  '\t(void)snprintf(error->sentence, sizeof(error->sentence), "%.90s: %.90s", path, what);',
  '}',
  'errno = errnum;',
  'return -1;',
])}}

#ifdef __cplusplus
}
#endif

#endif /* ACCEL_UAPI_H */
`;
}

/** Opening by driver; needs VERSION's struct. */
export function openFunctions(): string {
  return `/*
 * Opens the node of a path and looks whether the driver behind it calls itself so in VERSION. Returns a descriptor that
 * is closed on exec, or -1 with errno: ENODEV when it is another driver's node, else what open() or VERSION said. error
 * may be NULL.
 */
static inline int accel_uapi_open(const char *path, const char *driver, struct accel_uapi_error *error)
{
${indented([
  'char name[ACCEL_UAPI_NAME + 1] = "";',
  'char what[ACCEL_UAPI_SENTENCE];',
  'struct drm_version version;',
  'int fd = open(path, O_RDWR | O_CLOEXEC);',
  '',
  'if (fd < 0)',
  '\treturn accel_uapi_refuse(error, errno, strerror(errno), path);',
  'memset(&version, 0, sizeof(version));',
  'version.name = name;',
  'version.name_len = ACCEL_UAPI_NAME;',
  'if (accel_uapi_ioctl(fd, DRM_IOCTL_VERSION, &version)) {',
  '\tint errnum = errno;',
  '',
  '\tclose(fd);',
  '\t(void)snprintf(what, sizeof(what), "not a DRM node (VERSION: %.60s)", strerror(errnum));',
  '\treturn accel_uapi_refuse(error, errnum, what, path);',
  '}',
  'if (strcmp(name, driver) != 0) {',
  '\tclose(fd);',
  '\t(void)snprintf(what, sizeof(what), "a node of the driver %.40s, not of %.40s", name, driver);',
  '\treturn accel_uapi_refuse(error, ENODEV, what, path);',
  '}',
  'return fd;',
])}}

/* Whether sysfs says that a node belongs to a driver, by the driver's name or its module's. */
static inline int accel_uapi_is_own(int minor, const char *driver, const char *module)
{
${indented([
  'char path[64], link[512];',
  'const char *name;',
  'ssize_t length;',
  '',
  '(void)snprintf(path, sizeof(path), "/sys/class/accel/accel%d/device/driver", minor);',
  'length = readlink(path, link, sizeof(link) - 1);',
  'if (length < 0)',
  '\treturn 0;',
  "link[length] = '\\0';",
  "name = strrchr(link, '/');",
  'name = name ? name + 1 : link;',
  'return strcmp(name, driver) == 0 || strcmp(name, module) == 0;',
])}}

/*
 * Opens the first node of a driver: of the /dev/accel/accelN that there are first those that sysfs knows as its own,
 * then every other one. Returns a descriptor, or -1 with errno: what kept the driver's own node from being opened,
 * ENODEV when there is none. error may be NULL.
 */
static inline int accel_uapi_open_driver(const char *driver, const char *module, struct accel_uapi_error *error)
{
${indented([
  'struct accel_uapi_error first = { 0, "" };',
  'int other, minor;',
  '',
  'for (other = 0; other < 2; other++) {',
  '\tfor (minor = 0; minor < ACCEL_UAPI_MINORS; minor++) {',
  '\t\tstruct accel_uapi_error found;',
  '\t\tchar path[64];',
  '\t\tint fd;',
  '',
  '\t\t(void)snprintf(path, sizeof(path), "/dev/accel/accel%d", minor);',
  '\t\tif (access(path, F_OK) != 0 || accel_uapi_is_own(minor, driver, module) == other)',
  '\t\t\tcontinue;',
  '\t\tfd = accel_uapi_open(path, driver, &found);',
  '\t\tif (fd >= 0)',
  '\t\t\treturn fd;',
  "\t\t/* What is wrong with another driver's node is no answer. */",
  '\t\tif (first.errnum == 0 && (!other || found.errnum != ENODEV))',
  '\t\t\tfirst = found;',
  '\t}',
  '}',
  'if (first.errnum != 0) {',
  '\tif (error)',
  '\t\t*error = first;',
  '\terrno = first.errnum;',
  '\treturn -1;',
  '}',
  'return accel_uapi_refuse(error, ENODEV, "there is no node of it", driver);',
])}}
`;
}
