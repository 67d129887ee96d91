/** What a described call does with its argument: directions, reserved fields, flags, selectors. */
import { factToBigint } from '../layout/index.ts';
import { checksOf, describedFields, isInput, isOutput, mentions, objects } from './described.ts';
import { type Example, lintRule } from './lint-rule.ts';
import { at, type LintSubject } from './subject.ts';

const BOTCHING = 'Documentation/process/botching-up-ioctls.rst';
const CORE = 'drivers/gpu/drm/drm_ioctl.c';

interface Parts {
  readonly members: string;
  readonly macro?: string;
  readonly fields: string;
  readonly body?: string;
  readonly more?: string;
}

/** A rule of a body with what every one has to say. */
export function bodyRule(what: string): string {
  return `  - { ${what}, clause: argument.value, basis: header, source: "drm/x_accel.h:1", evidence: read }`;
}

/** An example: a struct, its request, and the call described. */
export function described({ members, macro = 'DRM_IOW', fields, body = '', more = '' }: Parts): Example {
  return {
    header: `#include "drm.h"\n${more}struct drm_x_go {\n${members
      .split('; ')
      .map(member => `\t${member.replace(/;$/, '')};`)
      .join('\n')}\n};\n#define DRM_IOCTL_X_GO ${macro}(DRM_COMMAND_BASE + 0, struct drm_x_go)`,
    call: `call: DRM_IOCTL_X_GO\nkey: go\nsummary: Go.\nfields:\n${fields
      .split('\n')
      .map(field => `  ${field}`)
      .join('\n')}\nbody:${body === '' ? ' []' : `\n${body}`}\n`,
  };
}

const lost = lintRule({
  id: 'number.direction-lost',
  severity: 'error',
  summary: 'A field goes in or comes out, and the request does not carry it that way.',
  reason: 'The core copies in only what _IOW says and out only what _IOR says: the field never arrives.',
  source: `${CORE}:876 and :915, Documentation/driver-api/ioctl.rst:27`,
  needs: ['calls'],
  breaks: described({
    members: '__u32 id',
    fields: 'id: { direction: out, role: value }',
    body: bodyRule('set: id, to: { opaque: true }'),
  }),
  holds: described({
    members: '__u32 id',
    macro: 'DRM_IOR',
    fields: 'id: { direction: out, role: value }',
    body: bodyRule('set: id, to: { opaque: true }'),
  }),
  *find(subject) {
    for (const { call, member, role, subject: name } of describedFields(subject)) {
      const { request } = call;
      if (!request || name !== `${call.id}.${member}`) continue;
      const into = request.direction === 'write' || request.direction === 'readwrite';
      const out = request.direction === 'read' || request.direction === 'readwrite';
      const wrong = isInput(role) && !into ? 'in' : isOutput(role) && !out ? 'out' : undefined;
      if (wrong)
        yield {
          subject: name,
          message: `${name} goes ${wrong}, but ${request.name} ${wrong === 'in' ? 'lets the kernel read nothing' : 'lets the kernel write nothing'}`,
          at: at(subject, request.line),
        };
    }
  },
});

const unused = lintRule({
  id: 'number.direction-unused',
  severity: 'warning',
  summary: 'A request says that its argument goes a way that no field goes.',
  reason:
    'The core copies the argument all the same: memory that is read-only gives EFAULT after the call has done its work, and tools expect an output where none is.',
  source: `${CORE}:915, Documentation/driver-api/ioctl.rst:27`,
  needs: ['calls'],
  breaks: described({ members: '__u32 id', macro: 'DRM_IOWR', fields: 'id: { direction: in, role: value }' }),
  holds: described({ members: '__u32 id', fields: 'id: { direction: in, role: value }' }),
  *find(subject) {
    for (const { request, semantics, id } of subject.calls) {
      if (!request) continue;
      const roles = Object.values(semantics.fields);
      const out = request.direction === 'read' || request.direction === 'readwrite';
      const into = request.direction === 'write' || request.direction === 'readwrite';
      const wrong: string[] = [];
      if (out && !roles.some(isOutput)) wrong.push('written by the kernel, and no field is an output');
      // A field without use is read where the body looks at it.
      if (
        into &&
        !roles.some(isInput) &&
        !Object.keys(semantics.fields).some(name => mentions(semantics.body, [name]))
      )
        wrong.push('read by the kernel, and no field is an input');
      for (const what of wrong)
        yield {
          subject: request.name,
          message: `${id}: ${request.name} is ${what}`,
          at: at(subject, request.line),
        };
    }
  },
});

const reserved = lintRule({
  id: 'semantics.reserved-unchecked',
  severity: 'error',
  summary: 'A reserved field or a padding is not required to be zero.',
  reason: 'Programs pass garbage in it, and from then on it can never be given a meaning.',
  source: `${BOTCHING}:72`,
  needs: ['calls'],
  breaks: described({ members: '__u32 pad', fields: 'pad: { direction: unused, role: reserved }' }),
  holds: described({
    members: '__u32 pad',
    fields: 'pad: { direction: unused, role: reserved }',
    body: bodyRule('check: pad-nonzero, when: { nonzero: { field: pad } }, errno: EINVAL'),
  }),
  *find(subject) {
    for (const field of describedFields(subject)) {
      if (field.role.role !== 'reserved' || isOutput(field.role) || checksOf(field).length > 0) continue;
      yield {
        subject: field.subject,
        message: `${field.subject} is reserved, and no check of ${field.call.id} looks at it`,
        at: field.call.path,
      };
    }
  },
});

const flags = lintRule({
  id: 'semantics.flags-unchecked',
  severity: 'error',
  summary: 'Bits of a flags field that mean nothing are accepted.',
  reason:
    'Programs set them, and from then on they can never be given a meaning; nobody can find out which flags a kernel has.',
  source: `${BOTCHING}:72`,
  needs: ['calls'],
  breaks: described({
    members: '__u32 flags',
    more: '#define DRM_X_GO_FAST 1\n',
    fields: 'flags: { direction: in, role: flags, values: { constants: [DRM_X_GO_FAST] } }',
  }),
  holds: described({
    members: '__u32 flags',
    more: '#define DRM_X_GO_FAST 1\n',
    fields: 'flags: { direction: in, role: flags, values: { constants: [DRM_X_GO_FAST] } }',
    body: bodyRule(
      'check: flags-unknown, when: { unknownBits: { field: flags }, values: { constants: [DRM_X_GO_FAST] } }, errno: EINVAL',
    ),
  }),
  *find(subject) {
    for (const field of describedFields(subject)) {
      if (field.role.role !== 'flags' || !isInput(field.role)) continue;
      const refused = checksOf(field).some(({ when }) =>
        [...objects(when)].some(
          atom =>
            (atom.unknownBits !== undefined && mentions(atom.unknownBits, field.names)) ||
            (atom.nonzero !== undefined && mentions(atom.nonzero, field.names)) ||
            (atom.unmatched !== undefined && mentions(atom.unmatched, field.names)),
        ),
      );
      if (!refused)
        yield {
          subject: field.subject,
          message: `no check of ${field.call.id} refuses unknown bits of ${field.subject}`,
          at: field.call.path,
        };
    }
  },
});

const values = lintRule({
  id: 'semantics.flags-unnamed',
  severity: 'warning',
  summary: 'A flags field has no constant for any of its bits.',
  reason: 'A program can only guess what to pass, or the field is reserved and should say so.',
  source: `${BOTCHING}:65`,
  needs: ['calls'],
  breaks: described({
    members: '__u32 flags',
    fields: 'flags: { direction: in, role: flags }',
    body: bodyRule('check: flags-nonzero, when: { nonzero: { field: flags } }, errno: EINVAL'),
  }),
  holds: flags.holds,
  *find(subject) {
    for (const { role, subject: name, call } of describedFields(subject)) {
      if (role.role === 'flags' && !role.values?.enum && !role.values?.constants?.length)
        yield { subject: name, message: `${name} are flags, and no constant is one of them`, at: call.path };
    }
  },
});

const mask = lintRule({
  id: 'semantics.flags-mask',
  severity: 'info',
  summary: 'No constant has all flags of a field.',
  reason: 'Every program and every test has to collect them, and forgets the next one.',
  source: 'include/uapi/drm/ivpu_accel.h:216 has one',
  needs: ['calls'],
  breaks: described({
    members: '__u32 flags',
    more: '#define DRM_X_GO_A 1\n#define DRM_X_GO_B 2\n',
    fields: 'flags: { direction: in, role: flags, values: { constants: [DRM_X_GO_A, DRM_X_GO_B] } }',
  }),
  holds: described({
    members: '__u32 flags',
    more: '#define DRM_X_GO_A 1\n#define DRM_X_GO_B 2\n#define DRM_X_GO_FLAGS (DRM_X_GO_A | DRM_X_GO_B)\n',
    fields: 'flags: { direction: in, role: flags, values: { constants: [DRM_X_GO_A, DRM_X_GO_B] } }',
    body: bodyRule(
      'check: flags-unknown, when: { unknownBits: { field: flags }, values: { constants: [DRM_X_GO_A, DRM_X_GO_B] } }, errno: EINVAL',
    ),
  }),
  *find(subject) {
    const known = subject.facts.constants;
    for (const { role, subject: name, call } of describedFields(subject)) {
      const names = role.role === 'flags' ? (role.values?.constants ?? []) : [];
      if (names.length < 2 || !names.every(one => subject.types.constants.has(one))) continue;
      const all = names.reduce((sum, one) => sum | subject.types.constantValue(one), 0n);
      if (!known.some(one => factToBigint(one.value) === all))
        yield {
          subject: name,
          message: `${name} has ${names.length} flags, and no constant is 0x${all.toString(16)}`,
          at: call.path,
        };
    }
  },
});

function valuesOf(
  { types }: LintSubject,
  values: { enum?: string; constants?: string[] } | undefined,
): readonly string[] {
  return values?.enum
    ? (types.enums.get(values.enum)?.members.map(({ name }) => name) ?? [])
    : (values?.constants ?? []);
}

const selectorUnchecked = lintRule({
  id: 'semantics.selector-unchecked',
  severity: 'error',
  summary: "A selector's unknown values are not refused.",
  reason:
    'A program cannot find out which values a kernel has, and a new one changes what an old kernel did.',
  source: `${BOTCHING}:60 and :72`,
  needs: ['calls'],
  breaks: described({
    members: '__u32 type',
    more: 'enum drm_x_type { DRM_X_TYPE_A };\n',
    fields: 'type: { direction: in, role: selector, values: { enum: drm_x_type } }',
  }),
  holds: described({
    members: '__u32 type',
    more: 'enum drm_x_type { DRM_X_TYPE_A };\n',
    fields: 'type: { direction: in, role: selector, values: { enum: drm_x_type } }',
    body: bodyRule(
      'check: type-unknown, when: { unmatched: { field: type }, values: { enum: drm_x_type } }, errno: EINVAL',
    ),
  }),
  *find(subject) {
    for (const field of describedFields(subject)) {
      if (field.role.role === 'selector' && isInput(field.role) && checksOf(field).length === 0)
        yield {
          subject: field.subject,
          message: `no check of ${field.call.id} looks at the selector ${field.subject}`,
          at: field.call.path,
        };
    }
  },
});

const SELECTED = 'enum drm_x_type { DRM_X_TYPE_A, DRM_X_TYPE_B };\n';
const SELECTED_FIELDS =
  'type: { direction: in, role: selector, values: { enum: drm_x_type } }\nvalue: { direction: out, role: value }';
const UNKNOWN_TYPE = bodyRule(
  'check: type-unknown, when: { unmatched: { field: type }, values: { enum: drm_x_type } }, errno: EINVAL',
);
const branch = (value: string, id: string) =>
  `      - when: { eq: [{ field: type }, { const: ${value} }] }\n        do: [{ set: value, id: ${id}, to: { opaque: true }, clause: output.field, basis: header, source: "drm/x_accel.h:1", evidence: read }]`;

const selectorCase = lintRule({
  id: 'semantics.selector-case',
  severity: 'warning',
  summary: 'The body does not say what one value of a selector does.',
  reason:
    'Nobody knows what lies behind the pointer or in the value for it: the description is in debt there.',
  source: 'include/uapi/drm/ethosu_accel.h:62, an enum whose every value has a struct of its own',
  needs: ['calls'],
  breaks: described({
    members: '__u32 type; __u32 value',
    macro: 'DRM_IOWR',
    more: SELECTED,
    fields: SELECTED_FIELDS,
    body: `${UNKNOWN_TYPE}\n  - select:\n${branch('DRM_X_TYPE_A', 'value-a')}`,
  }),
  holds: described({
    members: '__u32 type; __u32 value',
    macro: 'DRM_IOWR',
    more: SELECTED,
    fields: SELECTED_FIELDS,
    body: `${UNKNOWN_TYPE}\n  - select:\n${branch('DRM_X_TYPE_A', 'value-a')}\n${branch('DRM_X_TYPE_B', 'value-b')}`,
  }),
  *find(subject) {
    for (const { role, subject: name, call, names } of describedFields(subject)) {
      if (role.role !== 'selector') continue;
      const all = valuesOf(subject, role.values);
      // With one value the whole body is its case; with an otherwise every value has one.
      const parts = [...objects(call.semantics.body)];
      if (all.length < 2 || parts.some(part => 'otherwise' in part && mentions(part.select, names))) continue;
      const said = new Set(parts.map(part => part.const));
      for (const value of all) {
        if (!said.has(value))
          yield {
            subject: `${name}.${value}`,
            message: `${call.id} says nothing about ${value}`,
            at: call.path,
          };
      }
    }
  },
});

export const callRules = [lost, unused, reserved, flags, values, mask, selectorUnchecked, selectorCase];
