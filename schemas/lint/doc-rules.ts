/** What the header's comments say, beside what its structs and the description say. */
import { described } from './call-rules.ts';
import { readComments } from './comments.ts';
import { checksOf, describedFields, isInput, isOutput } from './described.ts';
import { places } from './field-rules.ts';
import { lintRule } from './lint-rule.ts';
import { at, type LintSubject, layoutIn } from './subject.ts';

const KERNEL_DOC = 'Documentation/doc-guide/kernel-doc.rst';

function commentsOf({ text }: LintSubject) {
  return readComments(text!);
}

const member = lintRule({
  id: 'doc.unknown-member',
  severity: 'warning',
  summary: 'A comment describes a member that the struct does not have.',
  reason: 'It was renamed or never there: the member that is there has no description.',
  source: `${KERNEL_DOC}:204`,
  needs: ['text'],
  breaks: { header: 'struct drm_x_info {\n\t/** @revision: Revision of the device. */\n\t__u32 config;\n};' },
  holds: {
    header: 'struct drm_x_info {\n\t/** @config: Configuration of the device. */\n\t__u32 config;\n};',
  },
  *find(subject) {
    for (const { struct, member: name, line } of commentsOf(subject).members) {
      const layout = layoutIn(subject, struct, 'x86_64');
      // kernel-doc names what lies inside an anonymous member by a dot, or without.
      const first = name.split('.')[0]!;
      if (!layout || layout.fields.some(({ path }) => path === first || path.endsWith(`.${name}`))) continue;
      yield {
        subject: `${struct}.${name}`,
        message: `the comment describes @${name}, and ${struct} has no such member`,
        at: at(subject, line),
      };
    }
  },
});

const mention = lintRule({
  id: 'doc.unknown-mention',
  severity: 'warning',
  summary: 'A comment speaks of a member that the struct does not have.',
  reason: 'A reader cannot tell which member is meant, or believes in one that is not there.',
  source: `${KERNEL_DOC}:204`,
  needs: ['text'],
  breaks: {
    header:
      '/**\n * struct drm_x_wait - Wait\n *\n * With @timeout_ms set to 0 it returns at once.\n */\nstruct drm_x_wait {\n\t__s64 timeout_ns;\n};',
  },
  holds: {
    header:
      '/**\n * struct drm_x_wait - Wait\n *\n * With @timeout_ns set to 0 it returns at once.\n */\nstruct drm_x_wait {\n\t__s64 timeout_ns;\n};',
  },
  *find(subject) {
    const { mentions, members } = commentsOf(subject);
    const { composites, enums, constants } = subject.types;
    // It may mean a type, a constant or a member of another struct as well; C's own words are no names.
    const others = new Set([...places(subject)].flatMap(({ member: of }) => of.name ?? []));
    for (const { struct, name, line } of mentions) {
      if (others.has(name) || composites.has(name) || enums.has(name) || constants.has(name)) continue;
      if (/^(union|struct|enum)$/.test(name)) continue;
      const layout = layoutIn(subject, struct, 'x86_64');
      if (!layout || layout.fields.some(({ path }) => path === name || path.endsWith(`.${name}`))) continue;
      // What a comment describes wrongly it may also speak of: one remark is enough.
      if (members.some(one => one.struct === struct && one.member === name)) continue;
      yield {
        subject: `${struct}.${name}`,
        message: `the comment speaks of @${name}, and ${struct} has no such member`,
        at: at(subject, line),
      };
    }
  },
});

const title = lintRule({
  id: 'doc.unknown-struct',
  severity: 'warning',
  summary: 'A comment before a struct bears another name.',
  reason: 'The documentation made of it shows a name that does not exist.',
  source: `${KERNEL_DOC}:184`,
  needs: ['text'],
  breaks: {
    header: '/**\n * struct drm_x_gpu_info - Information\n */\nstruct drm_x_npu_info {\n\t__u32 id;\n};',
  },
  holds: {
    header: '/**\n * struct drm_x_npu_info - Information\n */\nstruct drm_x_npu_info {\n\t__u32 id;\n};',
  },
  *find(subject) {
    for (const { title: name, struct, line } of commentsOf(subject).structs) {
      if (name !== struct)
        yield {
          subject: struct,
          message: `the comment before ${struct} is titled ${name}`,
          at: at(subject, line),
        };
    }
  },
});

const must = lintRule({
  id: 'doc.must-unchecked',
  severity: 'warning',
  summary:
    'The header says that a field must be something, and no check of the description looks at the field.',
  reason: 'Either the kernel enforces it and the description does not say so, or nobody does.',
  source: 'Documentation/process/botching-up-ioctls.rst:72 and :92',
  needs: ['text', 'calls'],
  breaks: described({
    members: '/** @id: Must be less than 16. */ __u32 id',
    fields: 'id: { direction: in, role: value }',
  }),
  holds: described({
    members: '/** @id: Any number. */ __u32 id',
    fields: 'id: { direction: in, role: value }',
  }),
  *find(subject) {
    const said = commentsOf(subject).members.filter(({ text }) =>
      /\b(must|shall|has to|have to)\b/i.test(text),
    );
    for (const field of describedFields(subject)) {
      const sentence = said.find(
        ({ struct, member: name }) => struct === field.struct && name === field.member,
      );
      if (!sentence || !isInput(field.role) || checksOf(field).length > 0) continue;
      // Another check may look at what the pointer leads to.
      if (field.role.role === 'pointer' || field.role.role === 'handle') continue;
      yield {
        subject: field.subject,
        message: `the header says of ${field.member}: "${sentence.text.slice(0, 80)}", and no check of ${field.call.id} looks at it`,
        at: at(subject, sentence.line),
      };
    }
  },
});

const OUT = /^(Output|Returned|Return(s)? the|Out)\b/i;
const IN = /^(Input|In)\b\s*[:,]/i;

const direction = lintRule({
  id: 'doc.direction',
  severity: 'warning',
  summary: 'The header says that a field goes one way, the description says another.',
  reason: 'One of the two is wrong, and programs are written by the header.',
  source: 'Documentation/driver-api/ioctl.rst:27',
  needs: ['text', 'calls'],
  breaks: described({
    members: '/** @id: Output: the number. */ __u32 id',
    fields: 'id: { direction: in, role: value }',
  }),
  holds: described({
    members: '/** @id: Input: the number. */ __u32 id',
    fields: 'id: { direction: in, role: value }',
  }),
  *find(subject) {
    const { members } = commentsOf(subject);
    for (const { role, struct, member: name, subject: own } of describedFields(subject)) {
      const said = members.find(one => one.struct === struct && one.member === name);
      if (!said) continue;
      const wrong =
        (OUT.test(said.text) && !isOutput(role)) ||
        (IN.test(said.text) && !isInput(role) && role.role !== 'reserved');
      if (wrong)
        yield {
          subject: own,
          message: `the header says of ${name}: "${said.text.slice(0, 60)}", and ${own} has the direction ${role.direction}`,
          at: at(subject, said.line),
        };
    }
  },
});

const carried = lintRule({
  id: 'doc.output-lost',
  severity: 'error',
  summary: 'A comment calls a member an output, and no request with the struct lets the kernel write.',
  reason: 'The core copies nothing back: the program reads what it put there itself.',
  source: 'drivers/gpu/drm/drm_ioctl.c:915',
  needs: ['text'],
  breaks: {
    header:
      '#include "drm.h"\nstruct drm_x_go {\n\t/** @id: Returned number. */\n\t__u32 id;\n};\n#define DRM_IOCTL_X_GO DRM_IOW(DRM_COMMAND_BASE + 0, struct drm_x_go)',
  },
  holds: {
    header:
      '#include "drm.h"\nstruct drm_x_go {\n\t/** @id: Returned number. */\n\t__u32 id;\n};\n#define DRM_IOCTL_X_GO DRM_IOWR(DRM_COMMAND_BASE + 0, struct drm_x_go)',
  },
  *find(subject) {
    for (const { struct, member: name, text, line } of commentsOf(subject).members) {
      const using = subject.facts.ioctls.filter(
        ({ argument }) => argument && 'named' in argument && argument.named === struct,
      );
      if (using.length === 0 || !OUT.test(text)) continue;
      if (using.every(({ direction: way }) => way === 'write' || way === 'none'))
        yield {
          subject: `${struct}.${name}`,
          message: `the comment calls ${struct}.${name} an output, and ${using.map(one => one.name).join(', ')} lets the kernel write nothing`,
          at: at(subject, line),
        };
    }
  },
});

export const docRules = [member, mention, title, must, direction, carried];
