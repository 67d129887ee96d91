/** Request numbers: who owns them, what they encode. */
import { encodeRequest, type IoctlFact, LayoutError, requestNumber, sizeOfType } from '../layout/index.ts';
import type { AbiName } from '../program/program.ts';
import { lintRule } from './lint-rule.ts';
import { at, isCore, type LintSubject, layoutsIn } from './subject.ts';

const IOCTL = 'Documentation/driver-api/ioctl.rst';
const CORE = 'drivers/gpu/drm/drm_ioctl.c';

/** DRM_COMMAND_BASE and DRM_COMMAND_END of drm.h: they decide to whom the core gives a number. */
const BASE = 0x40;
const END = 0xa0;
const LETTER = 'd'.charCodeAt(0);
/** What 13 bits of a request hold, which is what some architectures have, and what 14 do. */
const SAFE_SIZE = 8191;
const MOST_SIZE = 16383;

const request = (text: string, size = '__u32 id'): { header: string } => ({
  header: `#include "drm.h"\nstruct drm_x_info {\n\t${size};\n};\n${text}`,
});
const GOOD = '#define DRM_IOCTL_X_INFO DRM_IOWR(DRM_COMMAND_BASE + 0x00, struct drm_x_info)';

const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;

/** The requests that the DRM core gives to a driver, or would. */
function ofDriver(subject: LintSubject): readonly IoctlFact[] {
  return isCore(subject) ? [] : subject.facts.ioctls.filter(({ letter }) => letter === LETTER);
}

function sizesOf(subject: LintSubject, { argument }: IoctlFact): number[] {
  if (!argument) return [0];
  if ('named' in argument)
    return [...(layoutsIn(subject, argument.named)?.values() ?? [])].map(({ size }) => size);
  try {
    return (['x86_64', 'i386'] as AbiName[]).map(abi => sizeOfType(subject.types, argument, abi));
  } catch (error) {
    if (error instanceof LayoutError) return [];
    throw error;
  }
}

const range = lintRule({
  id: 'number.range',
  severity: 'error',
  summary: "A request number lies outside the drivers' own range, 0x40 to 0x9f.",
  reason: 'The core takes every other number for one of its own, so the driver never sees the call.',
  source: `${CORE}:856, include/uapi/drm/drm.h:1363`,
  breaks: request('#define DRM_IOCTL_X_INFO DRM_IOWR(0x01, struct drm_x_info)'),
  holds: request(GOOD),
  *find(subject) {
    for (const { name, number, line } of ofDriver(subject)) {
      if (number < BASE || number >= END)
        yield {
          subject: name,
          message: `${name} has the number ${hex(number)}, expected ${hex(BASE)} to ${hex(END - 1)}`,
          at: at(subject, line),
        };
    }
  },
});

const letter = lintRule({
  id: 'number.letter',
  severity: 'info',
  summary: 'A request of a DRM header has another letter than d.',
  reason:
    'The core answers ENOTTY to every other letter before it looks for a driver; only another file that a call hands out can have such requests.',
  source: `${CORE}:853`,
  breaks: request("#define DRM_IOCTL_X_INFO _IOWR('x', 0x40, struct drm_x_info)"),
  holds: request(GOOD),
  *find(subject) {
    if (!subject.facts.header.startsWith('drm/')) return;
    for (const { name, letter: own, line } of subject.facts.ioctls) {
      if (own !== LETTER)
        yield {
          subject: name,
          message: `${name} has the letter ${JSON.stringify(String.fromCharCode(own))}, expected "d"`,
          at: at(subject, line),
        };
    }
  },
});

const duplicate = lintRule({
  id: 'number.duplicate',
  severity: 'error',
  summary: 'Two requests have one number.',
  reason:
    'The core finds a handler by the number alone, not by size or direction: both reach the same one, which cannot tell which was meant.',
  source: `${CORE}:865, ${IOCTL}:39`,
  breaks: request(`${GOOD}\n#define DRM_IOCTL_X_SET DRM_IOW(DRM_COMMAND_BASE + 0x00, struct drm_x_info)`),
  holds: request(`${GOOD}\n#define DRM_IOCTL_X_SET DRM_IOW(DRM_COMMAND_BASE + 0x01, struct drm_x_info)`),
  *find(subject) {
    // drm.h keeps the numbers of calls that other systems have had.
    if (isCore(subject)) return;
    const first = new Map<string, IoctlFact>();
    for (const ioctl of subject.facts.ioctls) {
      // Other letters are dispatched by the whole number.
      const key =
        ioctl.letter === LETTER ? `${ioctl.number}` : JSON.stringify({ ...ioctl, name: '', line: 0 });
      const before = first.get(key);
      if (before)
        yield {
          subject: ioctl.name,
          message: `${ioctl.name} has the number ${hex(ioctl.number)} of ${before.name}`,
          at: at(subject, ioctl.line),
        };
      else first.set(key, ioctl);
    }
  },
});

const gap = lintRule({
  id: 'number.gap',
  severity: 'info',
  summary: 'A number below the highest one is not used.',
  reason: 'It may have had a meaning once: a new call must not take it, and the header does not say so.',
  source: `${IOCTL}:61`,
  breaks: request(`${GOOD}\n#define DRM_IOCTL_X_SET DRM_IOW(DRM_COMMAND_BASE + 0x02, struct drm_x_info)`),
  holds: request(`${GOOD}\n#define DRM_IOCTL_X_SET DRM_IOW(DRM_COMMAND_BASE + 0x01, struct drm_x_info)`),
  *find(subject) {
    const used = new Set(ofDriver(subject).map(({ number }) => number));
    for (let number = BASE; number < Math.max(BASE, ...used); number++) {
      if (!used.has(number))
        yield {
          subject: `${subject.facts.header}.${hex(number)}`,
          message: `no request has the number ${hex(number)}`,
        };
    }
  },
});

const size = lintRule({
  id: 'number.size',
  severity: 'error',
  summary: 'The size that a request encodes is not that of the struct that it passes.',
  reason:
    'The core copies as many bytes as the number says; a driver that copies by itself leaves readers of the number in the dark.',
  source: `${IOCTL}:43, ${CORE}:874`,
  breaks: request('#define DRM_IOCTL_X_INFO DRM_IOWR(DRM_COMMAND_BASE, struct drm_x_info *)'),
  holds: request(GOOD),
  *find(subject) {
    for (const { name, argument, line } of subject.facts.ioctls) {
      if (argument && 'pointer' in argument)
        yield {
          subject: name,
          message: `${name} encodes the size of a pointer, expected that of ${argument.pointer}`,
          at: at(subject, line),
        };
    }
    for (const { name, reason, line } of subject.facts.unresolved) {
      if (/size of its own|is not a type$/.test(reason))
        yield { subject: name, message: `${name}: ${reason}`, at: at(subject, line) };
    }
  },
});

const large = lintRule({
  id: 'number.large',
  severity: 'warning',
  summary: 'The argument has more than 8191 bytes.',
  reason: 'Some architectures have 13 bits for the size in a request, so the number is another one there.',
  source: `${IOCTL}:43`,
  breaks: request(GOOD, '__u64 data[1024]'),
  holds: request(GOOD, '__u64 data[64]'),
  *find(subject) {
    for (const ioctl of subject.facts.ioctls) {
      const most = Math.max(0, ...sizesOf(subject, ioctl));
      if (most > SAFE_SIZE && most <= MOST_SIZE)
        yield {
          subject: ioctl.name,
          message: `${ioctl.name} has an argument of ${most} bytes, expected at most ${SAFE_SIZE}`,
          at: at(subject, ioctl.line),
        };
    }
  },
});

const tooLarge = lintRule({
  id: 'number.too-large',
  severity: 'error',
  summary: 'The argument has more than 16383 bytes.',
  reason: 'The size does not fit in its 14 bits and runs into those of the direction.',
  source: 'include/uapi/asm-generic/ioctl.h:32',
  breaks: request(GOOD, '__u64 data[2048]'),
  holds: request(GOOD, '__u64 data[64]'),
  *find(subject) {
    for (const ioctl of subject.facts.ioctls) {
      const most = Math.max(0, ...sizesOf(subject, ioctl));
      if (most > MOST_SIZE)
        yield {
          subject: ioctl.name,
          message: `${ioctl.name} has an argument of ${most} bytes, expected at most ${MOST_SIZE}`,
          at: at(subject, ioctl.line),
        };
    }
  },
});

const abi = lintRule({
  id: 'number.abi',
  severity: 'error',
  summary: 'A request number differs between ABIs.',
  reason:
    'A kernel without a translation for it looks at another size than the 32-bit program meant, and every tool has to know two numbers.',
  source: 'Documentation/process/botching-up-ioctls.rst:38',
  breaks: request(GOOD, '__u64 size;\n\t__u32 id'),
  holds: request(GOOD, '__u64 size;\n\t__u32 id;\n\t__u32 pad'),
  *find(subject) {
    for (const ioctl of subject.facts.ioctls) {
      if (sizesOf(subject, ioctl).length === 0 || Math.max(...sizesOf(subject, ioctl)) > MOST_SIZE) continue;
      const first = requestNumber(ioctl, subject.types, 'x86_64');
      const other = (['i386', 'armhf', 'aarch64', 'riscv64'] as const)
        .map(name => ({ name, number: requestNumber(ioctl, subject.types, name) }))
        .filter(({ number }) => number !== first);
      if (other.length > 0)
        yield {
          subject: ioctl.name,
          message: `${ioctl.name} is ${hex(first)} on x86_64, ${other.map(({ name, number }) => `${hex(number)} on ${name}`).join(', ')}`,
          at: at(subject, ioctl.line),
        };
    }
  },
});

const none = lintRule({
  id: 'number.no-argument',
  severity: 'info',
  summary: 'A request has no argument.',
  reason: 'It can never be given one: a struct changes the number.',
  source: 'Documentation/process/botching-up-ioctls.rst:65',
  breaks: request('#define DRM_IOCTL_X_RESET DRM_IO(DRM_COMMAND_BASE + 0x00)'),
  holds: request(GOOD),
  *find(subject) {
    if (isCore(subject)) return;
    for (const ioctl of subject.facts.ioctls) {
      if (ioctl.argument === null && ioctl.letter === LETTER)
        yield {
          subject: ioctl.name,
          message: `${ioctl.name} (0x${encodeRequest({ ...ioctl, size: 0 }).toString(16)}) has no argument`,
          at: at(subject, ioctl.line),
        };
    }
  },
});

export const numberRules = [range, letter, duplicate, gap, size, large, tooLarge, abi, none];
