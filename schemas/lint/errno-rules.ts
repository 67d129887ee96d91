/** Which errno a described call gives for what: the common practice of DRM. */
import { checks } from '../catalogue/rules.ts';
import { bodyRule, described } from './call-rules.ts';
import { objects } from './described.ts';
import { lintRule } from './lint-rule.ts';

const FIELDS = 'handle: { direction: in, role: handle, resource: gem_handle }';
const lookup = (errno: string) =>
  described({
    members: '__u32 handle',
    fields: FIELDS,
    body: bodyRule(
      `check: handle-unknown, when: { noHandle: { field: handle }, resource: gem_handle }, errno: ${errno}`,
    ),
  });

const lookupErrno = lintRule({
  id: 'semantics.lookup-errno',
  severity: 'info',
  summary: 'A handle that names nothing is refused with another errno than ENOENT.',
  reason: 'A library cannot tell an object that has gone from a call that was made wrongly.',
  source: 'Documentation/gpu/drm-uapi.rst:559',
  needs: ['calls'],
  breaks: lookup('EINVAL'),
  holds: lookup('ENOENT'),
  *find({ calls }) {
    for (const call of calls) {
      for (const { check, when, errno } of checks(call.semantics.body)) {
        if (errno === 'ENOENT' || ![...objects(when)].some(part => 'noHandle' in part)) continue;
        yield {
          subject: `${call.id}.${check}`,
          message: `${call.id} refuses an object that is not there with ${errno}, not with ENOENT`,
          at: call.path,
        };
      }
    }
  },
});

export const errnoRules = [lookupErrno];
