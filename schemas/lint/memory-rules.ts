/** What a described call does with memory beside its argument: pointers, counts, sizes. */
import { bodyRule, described } from './call-rules.ts';
import { checksOf, describedFields, isInput, mentions, objects, setsOf } from './described.ts';
import { lintRule } from './lint-rule.ts';
import { at } from './subject.ts';

const BOTCHING = 'Documentation/process/botching-up-ioctls.rst';

const LIST = 'jobs: { direction: in, role: pointer, target: { element: u32, count: job_count } }';
const COUNT = 'job_count: { direction: in, role: count, unit: element }';
const PAD = 'pad: { direction: unused, role: reserved }';
const PAD_CHECK = bodyRule('check: pad-nonzero, when: { nonzero: { field: pad } }, errno: EINVAL');
const COUNT_CHECK = bodyRule('check: jobs-too-many, when: { gt: [{ field: job_count }, 16] }, errno: EINVAL');

const target = lintRule({
  id: 'semantics.pointer-length',
  severity: 'error',
  summary: 'A pointer does not say how much lies behind it.',
  reason: 'Nobody can tell how much memory a call reads or writes.',
  source: `${BOTCHING}:92`,
  needs: ['calls'],
  breaks: described({
    members: '__u64 jobs',
    fields: 'jobs: { direction: in, role: pointer, target: { element: u32 } }',
  }),
  holds: described({
    members: '__u64 jobs; __u32 job_count; __u32 pad',
    fields: `${LIST}\n${COUNT}\n${PAD}`,
    body: `${PAD_CHECK}\n${COUNT_CHECK}`,
  }),
  *find(subject) {
    for (const { role, subject: name, call } of describedFields(subject)) {
      if (role.role !== 'pointer') continue;
      const { bytes, count, fixed } = role.target ?? {};
      if (bytes === undefined && count === undefined && fixed === undefined)
        yield {
          subject: name,
          message: `${name} is a pointer without a count or a number of bytes`,
          at: call.path,
        };
    }
  },
});

const growable = lintRule({
  id: 'semantics.element-size',
  severity: 'info',
  summary: 'An array of structs comes without the size of one of them.',
  reason: 'The struct can never grow: a kernel cannot tell old elements from new ones.',
  source: `${BOTCHING}:65; include/uapi/drm/rocket_accel.h:180 has one`,
  needs: ['calls'],
  breaks: described({
    members: '__u64 jobs; __u32 job_count; __u32 pad',
    more: 'struct drm_x_job {\n\t__u32 id;\n};\n',
    fields: `jobs: { direction: in, role: pointer, target: { struct: drm_x_job, count: job_count } }\n${COUNT}\n${PAD}`,
    body: `${PAD_CHECK}\n${COUNT_CHECK}`,
  }),
  holds: described({
    members: '__u64 jobs; __u32 job_count; __u32 job_struct_size',
    more: 'struct drm_x_job {\n\t__u32 id;\n};\n',
    fields: `jobs: { direction: in, role: pointer, target: { struct: drm_x_job, count: job_count } }\n${COUNT}\njob_struct_size: { direction: in, role: bytes, unit: byte }`,
    body: COUNT_CHECK,
  }),
  *find(subject) {
    for (const { role, subject: name, call, struct } of describedFields(subject)) {
      if (!role.target?.struct || role.target.count === undefined) continue;
      const members = subject.types.composites.get(struct)?.members ?? [];
      if (!members.some(one => one.name && /(elem(ent)?|struct|entry|item)_?size|stride/.test(one.name)))
        yield {
          subject: name,
          message: `${name} leads to an array of ${role.target.struct}, and no member of ${struct} says how large one is`,
          at: call.path,
        };
    }
  },
});

const count = lintRule({
  id: 'semantics.count-unbounded',
  severity: 'warning',
  summary: 'A count has no upper bound.',
  reason:
    'One call can make the kernel allocate or work for as long as it likes, and count times size can wrap in 32 bits.',
  source: `${BOTCHING}:92`,
  needs: ['calls'],
  breaks: described({
    members: '__u64 jobs; __u32 job_count; __u32 pad',
    fields: `${LIST}\n${COUNT}\n${PAD}`,
    body: PAD_CHECK,
  }),
  holds: target.holds,
  *find(subject) {
    for (const field of describedFields(subject)) {
      if (field.role.role !== 'count' || !isInput(field.role)) continue;
      const bounded = checksOf(field).some(({ when }) =>
        [...objects(when)].some(
          atom =>
            ['gt', 'ge', 'outside', 'ne', 'unmatched'].some(op => {
              const terms = atom[op];
              return terms !== undefined && mentions(Array.isArray(terms) ? terms[0] : terms, field.names);
            }) ||
            ['lt', 'le'].some(
              op => Array.isArray(atom[op]) && mentions((atom[op] as unknown[])[1], field.names),
            ),
        ),
      );
      if (!bounded)
        yield {
          subject: field.subject,
          message: `no check of ${field.call.id} gives ${field.subject} an upper bound`,
          at: field.call.path,
        };
    }
  },
});

const set = (id: string, to: string) =>
  `{ set: size, id: ${id}, to: { equals: ${to} }, clause: output.field, basis: header, source: "drm/x_accel.h:1", evidence: read }`;

const size = lintRule({
  id: 'semantics.size-two-meanings',
  severity: 'warning',
  summary: 'A size or count that goes in comes out with more than one meaning.',
  reason:
    'The size that is needed and the size that was written cannot be told apart by looking at it, so truncation goes unseen.',
  source: `${BOTCHING}:60; compare include/uapi/drm/ethosu_accel.h:97`,
  needs: ['calls'],
  breaks: described({
    members: '__u64 size; __u64 data',
    macro: 'DRM_IOWR',
    fields:
      'size: { direction: inout, role: bytes, unit: byte }\ndata: { direction: in, role: pointer, target: { bytes: size } }',
    body: `  - select:\n      - when: { eq: [{ field: data }, 0] }\n        do: [${set('size-needed', '16')}]\n    otherwise: [${set('size-written', '{ min: [{ field: size }, 16] }')}]`,
  }),
  holds: described({
    members: '__u64 size; __u64 data',
    macro: 'DRM_IOWR',
    fields:
      'size: { direction: inout, role: bytes, unit: byte }\ndata: { direction: in, role: pointer, target: { bytes: size } }',
    body: `  - ${set('size-needed', '16')}`,
  }),
  *find(subject) {
    for (const field of describedFields(subject)) {
      if (field.role.direction !== 'inout' || !['bytes', 'count'].includes(field.role.role)) continue;
      const meanings = new Set(setsOf(field).map(rule => JSON.stringify('to' in rule ? rule.to : rule)));
      if (meanings.size > 1)
        yield {
          subject: field.subject,
          message: `${field.subject} goes in and comes out with ${meanings.size} meanings`,
          at: field.call.path,
        };
    }
  },
});

const cloexec = lintRule({
  id: 'semantics.close-on-exec',
  severity: 'error',
  summary: 'A call makes a descriptor that cannot be closed on exec at once.',
  reason: 'A program that another thread starts in between inherits it, and with it the device.',
  source: `${BOTCHING}:181`,
  needs: ['calls'],
  breaks: described({
    members: '__s32 fd',
    macro: 'DRM_IOR',
    fields: 'fd: { direction: out, role: descriptor }',
    body: bodyRule('set: fd, to: { descriptor: sync-file, object: fence }'),
  }),
  holds: described({
    members: '__s32 fd',
    macro: 'DRM_IOR',
    fields: 'fd: { direction: out, role: descriptor }',
    body: bodyRule('set: fd, to: { descriptor: sync-file, object: fence, closeOnExec: { eq: [0, 0] } }'),
  }),
  *find(subject) {
    for (const field of describedFields(subject)) {
      for (const rule of field.role.role === 'descriptor' ? setsOf(field) : []) {
        const to = 'to' in rule ? rule.to : undefined;
        if (typeof to === 'object' && 'descriptor' in to && to.closeOnExec === undefined)
          yield {
            subject: field.subject,
            message: `${field.subject} is a new descriptor, and nothing makes it close on exec`,
            at: field.call.path,
          };
      }
    }
  },
});

const role = lintRule({
  id: 'semantics.role-contradicted',
  severity: 'warning',
  summary: "A member's name says something else than its role.",
  reason: 'One of the two is wrong: a reader believes the name, the kit believes the role.',
  source: `${BOTCHING}:33 and :72`,
  needs: ['calls'],
  breaks: described({ members: '__u32 pad', fields: 'pad: { direction: in, role: value }' }),
  holds: described({
    members: '__u32 pad',
    fields: 'pad: { direction: unused, role: reserved }',
    body: PAD_CHECK,
  }),
  *find(subject) {
    for (const { role: of, subject: name, member, call } of describedFields(subject)) {
      const says = /(^|[._])(pad|reserved|rsvd|mbz)\d*$/.test(member)
        ? 'reserved'
        : /(^|[._])flags$/.test(member)
          ? 'flags'
          : undefined;
      // Flags of which none exists yet are reserved.
      if (says === undefined || of.role === says || of.role === 'reserved' || of.role === 'array') continue;
      yield {
        subject: name,
        message: `${name} has the role ${of.role}, and its name says ${says}`,
        at: call.request ? at(subject, call.request.line) : call.path,
      };
    }
  },
});

export const memoryRules = [target, growable, count, size, cloexec, role];
