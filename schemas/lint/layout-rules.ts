/** Where members lie, and whether they lie there for every program. */
import { ABI_NAMES } from '../layout/index.ts';
import { lintRule } from './lint-rule.ts';
import { at, layoutsIn, ownFields } from './subject.ts';

const BOTCHING = 'Documentation/process/botching-up-ioctls.rst';
const IOCTL = 'Documentation/driver-api/ioctl.rst';

const hole = lintRule({
  id: 'layout.hole',
  severity: 'error',
  summary: 'Bytes between two members belong to no member.',
  reason:
    'What a compiler puts there is not the same on every ABI, is whatever lay on the stack of the program, and can carry kernel memory out; no check can refuse it.',
  source: `${BOTCHING}:33 and :72, ${IOCTL}:160`,
  breaks: { header: 'struct drm_x_info {\n\t__u32 id;\n\t__u64 size;\n};' },
  holds: { header: 'struct drm_x_info {\n\t__u32 id;\n\t__u32 pad;\n\t__u64 size;\n};' },
  *find(subject) {
    for (const { name, line, members } of subject.facts.types) {
      const layouts = layoutsIn(subject, name);
      if (!layouts) continue;
      const seen = new Map<string, string[]>();
      for (const [abi, layout] of layouts) {
        const fields = ownFields(layout);
        for (const { offset, size } of layout.holes) {
          const inside = fields.some(
            field =>
              (field.composite ?? field.array?.element.composite)?.name &&
              field.offset <= offset &&
              offset < field.offset + field.size,
          );
          const next = fields.find(field => field.offset >= offset + size);
          if (inside || !next) continue;
          const key = `${next.path} ${size} ${offset}`;
          seen.set(key, [...(seen.get(key) ?? []), abi]);
        }
      }
      for (const [key, abis] of seen) {
        const [path, size, offset] = key.split(' ');
        yield {
          subject: `${name}.${path}`,
          message: `${name} has ${size} unnamed bytes at offset ${offset}, before ${path}, ${whichAbis(abis)}`,
          at: at(subject, members.find(member => member.name === path)?.line ?? line),
        };
      }
    }
  },
});

const tail = lintRule({
  id: 'layout.tail',
  severity: 'error',
  summary: 'Bytes behind the last member belong to no member.',
  reason:
    'A program that fills every member leaves them as they were, so they can never be given a meaning, and an array of the struct has holes.',
  source: `${BOTCHING}:38 and :72`,
  breaks: { header: 'struct drm_x_info {\n\t__u64 size;\n\t__u32 id;\n};' },
  holds: { header: 'struct drm_x_info {\n\t__u64 size;\n\t__u32 id;\n\t__u32 pad;\n};' },
  *find(subject) {
    for (const { name, line } of subject.facts.types) {
      const abis: string[] = [];
      let bytes = 0;
      for (const [abi, layout] of layoutsIn(subject, name) ?? []) {
        const end = Math.max(0, ...layout.fields.map(field => field.offset + field.size));
        if (end === layout.size) continue;
        abis.push(abi);
        bytes = layout.size - end;
      }
      if (abis.length > 0)
        yield {
          subject: name,
          message: `${name} ends with ${bytes} unnamed bytes ${whichAbis(abis)}`,
          at: at(subject, line),
        };
    }
  },
});

const size8 = lintRule({
  id: 'layout.size-8',
  severity: 'error',
  summary: 'A struct with a 64-bit member has a size that is no multiple of 8.',
  reason:
    'Its size then differs between i386 and the other ABIs, and with it the stride of an array and the request number.',
  source: `${BOTCHING}:38`,
  breaks: { header: 'struct drm_x_info {\n\t__u64 size;\n\t__u32 id;\n};' },
  holds: { header: 'struct drm_x_info {\n\t__u64 size;\n\t__u32 id;\n\t__u32 pad;\n};' },
  *find(subject) {
    for (const { name, line, kind } of subject.facts.types) {
      for (const [abi, layout] of layoutsIn(subject, name) ?? []) {
        const wide = layout.fields.find(
          field => (field.scalar ?? field.array?.element.scalar)?.bytes === 8 && !field.pointer,
        );
        if (!wide || layout.size % 8 === 0) continue;
        yield {
          subject: name,
          message: `${kind} ${name} has the 64-bit member ${wide.path} and ${layout.size} bytes on ${abi}, no multiple of 8`,
          at: at(subject, line),
        };
        break;
      }
    }
  },
});

const misaligned = lintRule({
  id: 'layout.misaligned',
  severity: 'error',
  summary: 'A member does not lie at a multiple of its size.',
  reason:
    'Reading it in one piece is undefined in C and traps on some processors; every user has to copy it out byte by byte.',
  source: `${BOTCHING}:33, ${IOCTL}:174`,
  breaks: {
    header: 'struct drm_x_info {\n\t__u32 id;\n\t__u64 size;\n\t__u32 pad;\n} __attribute__((packed));',
  },
  holds: { header: 'struct drm_x_info {\n\t__u32 id;\n\t__u32 pad;\n\t__u64 size;\n};' },
  *find(subject) {
    for (const { name, line, members } of subject.facts.types) {
      const layout = layoutsIn(subject, name)?.get('x86_64');
      for (const field of layout ? ownFields(layout) : []) {
        const bytes = (field.scalar ?? field.array?.element.scalar)?.bytes;
        if (!bytes || field.offset % bytes === 0) continue;
        yield {
          subject: `${name}.${field.path}`,
          message: `${name}.${field.path} has ${bytes} bytes and lies at offset ${field.offset}`,
          at: at(subject, members.find(member => member.name === field.path)?.line ?? line),
        };
      }
    }
  },
});

const abi = lintRule({
  id: 'layout.abi',
  severity: 'error',
  summary: 'Size or offsets differ between ABIs.',
  reason:
    'A 32-bit program on a 64-bit kernel speaks of other bytes than the kernel, unless the driver translates; DRM drivers as a rule do not.',
  source: `${BOTCHING}:33, ${IOCTL}:143`,
  breaks: { header: 'struct drm_x_info {\n\t__u64 size;\n\t__u32 id;\n};' },
  holds: { header: 'struct drm_x_info {\n\t__u64 size;\n\t__u32 id;\n\t__u32 pad;\n};' },
  *find(subject) {
    for (const { name, line } of subject.facts.types) {
      const layouts = layoutsIn(subject, name);
      const first = layouts?.get('x86_64');
      if (!layouts || !first) continue;
      const differences: string[] = [];
      for (const [which, layout] of layouts) {
        const moved = layout.fields.filter(
          (field, i) => field.offset !== first.fields[i]?.offset || field.size !== first.fields[i]?.size,
        );
        if (layout.size === first.size && moved.length === 0) continue;
        differences.push(
          `${layout.size} on ${which}${moved.length > 0 ? ` with ${moved.map(({ path }) => path).join(', ')} elsewhere` : ''}`,
        );
      }
      if (differences.length > 0)
        yield {
          subject: name,
          message: `${name} has ${first.size} bytes on x86_64, ${differences.join(', ')}`,
          at: at(subject, line),
        };
    }
  },
});

function whichAbis(abis: readonly string[]): string {
  return abis.length === ABI_NAMES.length ? 'on every ABI' : `on ${abis.join(', ')}`;
}

export const layoutRules = [hole, tail, size8, misaligned, abi];
