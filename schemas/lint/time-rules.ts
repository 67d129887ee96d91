/** Time: which clock, which unit, how wide. */
import { bodyRule, described } from './call-rules.ts';
import { checksOf, describedFields, isInput } from './described.ts';
import { places } from './field-rules.ts';
import { lintRule } from './lint-rule.ts';
import { at, layoutIn } from './subject.ts';

const BOTCHING = 'Documentation/process/botching-up-ioctls.rst';
const IOCTL = 'Documentation/driver-api/ioctl.rst';

const timeout = (members: string, what: string) =>
  described({ members, fields: `${members.split(' ')[1]}: { direction: in, role: timeout, ${what} }` });
/** A comparison by size. */
const ORDER = /"(?:ge|gt|lt|le|outside)":/;

const GOOD = timeout('__s64 timeout_ns', 'unit: ns, clock: absolute');

const relative = lintRule({
  id: 'time.relative',
  severity: 'warning',
  summary: 'A timeout is a duration.',
  reason: 'A call that a signal interrupts and that is made again waits the whole time again.',
  source: `${BOTCHING}:151`,
  needs: ['calls'],
  breaks: timeout('__s64 timeout_ns', 'unit: ns, clock: relative'),
  holds: GOOD,
  *find(subject) {
    for (const { role, subject: name, call } of describedFields(subject)) {
      if (role.role === 'timeout' && role.clock === 'relative')
        yield {
          subject: name,
          message: `${name} is a duration, expected a point of CLOCK_MONOTONIC`,
          at: call.path,
        };
    }
  },
});

const clock = lintRule({
  id: 'time.clock',
  severity: 'warning',
  summary: 'A timeout does not say which clock it is a time of.',
  reason: 'A program that takes another clock waits for ever or not at all.',
  source: `${BOTCHING}:135, ${IOCTL}:104`,
  needs: ['calls'],
  breaks: timeout('__s64 timeout_ns', 'unit: ns'),
  holds: GOOD,
  *find(subject) {
    for (const { role, subject: name, call } of describedFields(subject)) {
      if (role.role === 'timeout' && isInput(role) && role.clock === undefined)
        yield {
          subject: name,
          message: `${name} is neither absolute nor relative by its description`,
          at: call.path,
        };
    }
  },
});

const unit = lintRule({
  id: 'time.unit',
  severity: 'warning',
  summary: 'A timeout is not in nanoseconds.',
  reason: 'Coarse units round, and two units in one interface are mixed up sooner or later.',
  source: `${BOTCHING}:144, ${IOCTL}:100`,
  needs: ['calls'],
  breaks: timeout('__s64 timeout', 'unit: none, clock: absolute'),
  holds: GOOD,
  *find(subject) {
    for (const { role, subject: name, call } of describedFields(subject)) {
      if (role.role === 'timeout' && role.unit !== 'ns')
        yield { subject: name, message: `${name} is not in ns by its description`, at: call.path };
    }
  },
});

const width = lintRule({
  id: 'time.width',
  severity: 'error',
  summary: 'A timeout has fewer than 64 bits.',
  reason:
    'As a point of CLOCK_MONOTONIC in ns it wraps after four seconds of uptime; as a duration it is short or coarse.',
  source: `${IOCTL}:100`,
  needs: ['calls'],
  breaks: timeout('__u32 timeout_ns', 'unit: ns, clock: absolute'),
  holds: GOOD,
  *find(subject) {
    for (const { role, subject: name, call, struct, member } of describedFields(subject)) {
      if (role.role !== 'timeout') continue;
      const size = layoutIn(subject, struct, 'x86_64')?.fields.find(({ path }) => path === member)?.size;
      if (size !== undefined && size < 8)
        yield { subject: name, message: `${name} has ${size * 8} bits, expected 64`, at: call.path };
    }
  },
});

const normalised = lintRule({
  id: 'time.not-normalised',
  severity: 'warning',
  summary: 'The nanoseconds beside seconds are not compared with one second.',
  reason: 'A sum that overflows makes a deadline that has passed, or one that never comes.',
  source: `${BOTCHING}:147`,
  needs: ['calls'],
  breaks: described({
    members: '__s64 tv_sec; __s64 tv_nsec',
    fields: 'tv_sec: { direction: in, role: value }\ntv_nsec: { direction: in, role: value, unit: ns }',
  }),
  holds: described({
    members: '__s64 tv_sec; __s64 tv_nsec',
    fields: 'tv_sec: { direction: in, role: value }\ntv_nsec: { direction: in, role: value, unit: ns }',
    body: bodyRule('check: nsec, when: { ge: [{ field: tv_nsec }, 1000000000] }, errno: EINVAL'),
  }),
  *find(subject) {
    const fields = [...describedFields(subject)];
    for (const field of fields) {
      const { member, struct, call, role } = field;
      if (!isInput(role) || !/(?:^|_)nsec$/.test(member)) continue;
      const seconds = member.replace(/nsec$/, 'sec');
      if (!fields.some(each => each.call === call && each.struct === struct && each.member === seconds))
        continue;
      if (!checksOf(field).some(({ when }) => ORDER.test(JSON.stringify(when))))
        yield {
          subject: field.subject,
          message: `${field.subject} stands beside ${seconds} and is compared with no number`,
          at: call.path,
        };
    }
  },
});

const named = lintRule({
  id: 'time.name',
  severity: 'info',
  summary: 'A time is in another unit than nanoseconds, or in 32 bits, by its name.',
  reason:
    'Coarse units round, narrow ones wrap, and two units in one interface are mixed up sooner or later.',
  source: `${BOTCHING}:144, ${IOCTL}:100`,
  breaks: { header: 'struct drm_x_wait {\n\t__u32 timeout_ms;\n};' },
  holds: { header: 'struct drm_x_wait {\n\t__s64 timeout_ns;\n};' },
  *find(subject) {
    for (const { subject: name, member, type } of places(subject)) {
      const own = member.name ?? '';
      const time =
        /(^|_)(timeout|time|deadline|period|interval|duration|timestamp|delay)(_([num]?s|n?sec|msec|usec|secs|jiffies))?$/.test(
          own,
        );
      if (!time) continue;
      // Seconds with nanoseconds beside them are a form of its own.
      if (/_n?secs?$/.test(own)) continue;
      const other = /_(us|ms|s|msec|usec|jiffies)$/.test(own);
      const narrow = 'scalar' in type && /^__[us](8|16|32)$/.test(type.scalar);
      if (other || narrow)
        yield {
          subject: name,
          message: `${name} is ${other ? 'not in ns' : 'a time in 32 bits or fewer'} by its name`,
          at: at(subject, member.line),
        };
    }
  },
});

const poll = lintRule({
  id: 'time.no-descriptor',
  severity: 'info',
  summary: 'A program can only sleep in a call to learn that work is done.',
  reason: 'It cannot wait for two devices, or for work and a signal, with poll().',
  source: `${BOTCHING}:159`,
  needs: ['calls', 'manifest'],
  breaks: GOOD,
  holds: { ...GOOD, features: ['GEM'] },
  *find(subject) {
    // A buffer has its fence as a sync file (DMA_BUF_IOCTL_EXPORT_SYNC_FILE), a sync object an eventfd.
    const features: readonly string[] = subject.manifest!.features;
    if (features.includes('GEM') || features.includes('SYNCOBJ')) return;
    const fields = [...describedFields(subject)];
    const waits = fields.filter(({ role }) => role.role === 'timeout' && isInput(role));
    if (waits.length > 0 && !fields.some(({ role }) => role.role === 'descriptor'))
      yield {
        subject: waits[0]!.subject,
        message: `${subject.name} has a timeout in ${waits[0]!.subject} and no descriptor that poll() could wait for`,
        at: waits[0]!.call.path,
      };
  },
});

export const timeRules = [relative, clock, unit, width, normalised, named, poll];
