/** The complete example, made untrue in one way each, and the reason for which the gate has to refuse it. */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { claims } from './untrue-claims.ts';
import {
  edit,
  FACTS,
  HEADER,
  headerOf,
  inManifest,
  LIBRARY,
  MANIFEST,
  read,
  TESTS,
  tests,
  type Untrue,
  write,
} from './untrue-way.ts';

const parts: Untrue[] = [
  {
    name: 'no library in the manifest',
    by: ['submission'],
    reason: /must have required property|library/,
    make: folder =>
      write(folder, MANIFEST, read(folder, MANIFEST).replace(/library:\n[\s\S]*(?=tests:)/, '')),
  },
  {
    name: 'no header',
    by: ['submission'],
    reason: /there is no file include\/drm/,
    make: folder => rmSync(join(folder, HEADER)),
  },
  {
    name: 'no claim',
    by: ['submission'],
    reason: /there is no file claim\.json/,
    make: folder => rmSync(join(folder, 'claim.json')),
  },
  {
    name: 'an empty document',
    by: ['submission'],
    reason: /docs\/accelref\.md is empty/,
    make: folder => write(folder, 'docs/accelref.md', ''),
  },
  {
    name: 'a scaffold that nobody filled in',
    by: ['submission'],
    reason: /still as gate --init made it/,
    make: folder => edit(folder, 'docs/accelref.md', '## Jobs', 'TO-BE-WRITTEN'),
  },
  {
    name: 'a part outside of the submission',
    by: ['submission'],
    reason: /licenceFile/,
    make: inManifest('licenceFile: library/LICENSE', 'licenceFile: ../LICENSE'),
  },
  {
    name: 'a link that leads outside',
    by: ['submission'],
    reason: /lies outside of the submission/,
    make: folder => {
      rmSync(join(folder, 'library/LICENSE'));
      symlinkSync('/etc/passwd', join(folder, 'library/LICENSE'));
    },
  },
  {
    name: 'a word that no manifest has',
    by: ['submission'],
    reason: /waived/,
    make: folder => write(folder, MANIFEST, `${read(folder, MANIFEST)}waived: [claim]\n`),
  },
];

/** In front of which an item of the header can be put. */
const BEFORE_WAIT = '/**\n * struct drm_accelref_bo_wait - ';

const described: Untrue[] = [
  {
    name: 'a constant that is another in the header',
    by: ['header'],
    reason: /DRM_ACCELREF_MAX_BOS is another in the header/,
    make: folder => edit(folder, HEADER, 'DRM_ACCELREF_MAX_BOS\t\t64', 'DRM_ACCELREF_MAX_BOS\t\t65'),
  },
  {
    name: 'a member that only the header has',
    by: ['header'],
    reason: /drm_accelref_bo_wait is another in the header/,
    make: folder =>
      edit(
        folder,
        HEADER,
        '__s64 timeout_ns;',
        '__s64 timeout_ns;\n\n\t/** @more: In: more. */\n\t__u64 more;',
      ),
  },
  {
    name: 'a call that only the header has',
    by: ['header'],
    reason: /DRM_IOCTL_ACCELREF_MORE stands in the header and not/,
    make: folder =>
      edit(
        folder,
        HEADER,
        '#if defined(__cplusplus)\n}',
        '/** DRM_IOCTL_ACCELREF_MORE - More. */\n#define DRM_IOCTL_ACCELREF_MORE DRM_IO(DRM_COMMAND_BASE + 9)\n\n#if defined(__cplusplus)\n}',
      ),
  },
  {
    name: 'a comment that says something else',
    by: ['header'],
    reason: /text is not the one that the description's facts were made of/,
    make: folder => edit(folder, HEADER, 'In: must be zero.', 'In: anything.'),
  },
  {
    name: 'a call that nobody described',
    by: ['description', 'claim'],
    reason: /DRM_IOCTL_ACCELREF_EVENT is not described/,
    make: folder => rmSync(join(folder, 'description/drivers/accelref/event.yaml')),
  },
  {
    name: 'a description that does not load',
    by: ['description'],
    reason: /bo_wait\.yaml/,
    make: folder => write(folder, 'description/drivers/accelref/bo_wait.yaml', 'body: ['),
  },
  {
    name: 'the description of another driver',
    by: ['description'],
    reason: /describes accelref, and the submission is of other/,
    make: inManifest('driver: accelref', 'driver: other'),
  },
  {
    name: 'a struct with bytes that no member has',
    by: ['lint'],
    reason: /^layout\.hole: .*drm_accelref_hole/,
    make: folder => {
      edit(
        folder,
        FACTS,
        '"types": [',
        '"types": [{"name": "drm_accelref_hole", "kind": "struct", "line": 1, "members": [{"name": "first", "type": {"scalar": "__u32"}, "line": 1}, {"name": "second", "type": {"scalar": "__u64"}, "line": 1}]},',
      );
      headerOf(
        folder,
        BEFORE_WAIT,
        `/** struct drm_accelref_hole - A hole */\nstruct drm_accelref_hole {\n\t/** @first: First. */\n\t__u32 first;\n\n\t/** @second: Second. */\n\t__u64 second;\n};\n\n${BEFORE_WAIT}`,
      );
    },
  },
  {
    name: 'a name that another driver has',
    by: ['lint'],
    reason: /^name\.collision: .*DRM_IVPU_PARAM_DEVICE_ID/,
    make: folder => {
      edit(
        folder,
        FACTS,
        '"constants": [',
        '"constants": [{"name": "DRM_IVPU_PARAM_DEVICE_ID", "value": 0, "line": 1},',
      );
      headerOf(
        folder,
        BEFORE_WAIT,
        `/** DRM_IVPU_PARAM_DEVICE_ID - Of ivpu. */\n#define DRM_IVPU_PARAM_DEVICE_ID 0\n\n${BEFORE_WAIT}`,
      );
    },
  },
  {
    name: 'a waiver that nothing needs',
    by: ['lint'],
    reason: /^the waiver of layout\.hole is not needed; remove it$/,
    make: folder =>
      write(
        folder,
        'description/drivers/accelref/waivers.yaml',
        'waivers:\n  - rule: layout.hole\n    subject: drm_accelref_bo_wait\n    reason: There is none.\n',
      ),
  },
  {
    name: 'a member without a comment',
    by: ['documentation'],
    reason: /the member drm_accelref_bo_wait\.timeout_ns has no comment/,
    make: folder =>
      headerOf(
        folder,
        '/** @timeout_ns: In: deadline on CLOCK_MONOTONIC; one that has passed, also 0 and below, only looks. */',
        '',
      ),
  },
  {
    name: 'a constant without a comment',
    by: ['documentation'],
    reason: /the constant DRM_ACCELREF_MAX_EVENTS has no comment/,
    make: folder =>
      headerOf(folder, '/** DRM_ACCELREF_MAX_EVENTS - Most events of one DRM_IOCTL_ACCELREF_EVENT. */', ''),
  },
  {
    name: 'a call that no document tells of',
    by: ['documentation'],
    reason: /no document tells of DRM_IOCTL_ACCELREF_CONTROL/,
    make: folder => edit(folder, 'docs/accelref.md', '`DRM_IOCTL_ACCELREF_CONTROL`', '`The last one`'),
  },
  {
    name: 'a header that no compiler takes',
    by: ['bindings'],
    reason: /the header cannot be compiled/,
    make: folder =>
      headerOf(
        folder,
        '#include <drm/drm.h>',
        '#include <drm/drm.h>\n\n#ifndef __KERNEL__\n_Static_assert(0, "kernel only");\n#endif',
      ),
  },
];

const library: Untrue[] = [
  {
    name: 'a licence that is not open',
    by: ['library'],
    reason: /LicenseRef-Vendor is none that is known to be open/,
    make: inManifest('licence: MIT', 'licence: LicenseRef-Vendor'),
  },
  {
    name: 'a compiled part',
    by: ['library'],
    reason: /firmware\.bin is an ELF file/,
    make: folder => write(folder, 'library/firmware.bin', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1)),
  },
  {
    name: 'a source under a closed licence',
    by: ['library'],
    reason: /accelref\.c is under LicenseRef-Vendor/,
    make: folder =>
      edit(folder, LIBRARY, 'SPDX-License-Identifier: MIT', 'SPDX-License-Identifier: LicenseRef-Vendor'),
  },
  {
    name: 'a source without a licence',
    by: ['library'],
    reason: /accelref\.c names no licence/,
    make: folder => edit(folder, LIBRARY, '// SPDX-License-Identifier: MIT', ''),
  },
  {
    name: 'a call that the library has no use for',
    by: ['library'],
    reason: /the library uses no DRM_IOCTL_ACCELREF_EVENT/,
    make: inManifest('    - { call: DRM_IOCTL_ACCELREF_EVENT, source: accelref.c }\n', ''),
  },
  {
    name: 'a call that the library only says that it uses',
    by: ['library'],
    reason: /says that accelref\.c uses DRM_IOCTL_ACCELREF_CONTROL, and it does not/,
    make: folder => edit(folder, LIBRARY, 'DRM_IOCTL_ACCELREF_CONTROL', '0xdead'),
  },
  {
    name: 'a library that does not build',
    by: ['build'],
    reason: /does not build the library/,
    make: folder => edit(folder, LIBRARY, 'int status;', 'int state;'),
  },
  {
    name: 'a build that makes nothing',
    by: ['build'],
    reason: /ended well and made no libaccelref\.a/,
    make: inManifest('build: [make, libaccelref.a]', "build: ['true']"),
  },
  {
    name: 'a product that was there before',
    by: ['build'],
    reason: /is there before anything was built/,
    make: folder => write(folder, 'library/libaccelref.a', 'made elsewhere'),
  },
  {
    name: 'tests that do not run',
    by: ['tests'],
    reason: /does not run its tests: it ended with status 1/,
    make: tests('exit 1'),
  },
  {
    name: 'tests that are not there',
    by: ['tests'],
    reason: /there is no such program/,
    make: inManifest(TESTS, 'command: [./no-such-tests]'),
  },
  { name: 'tests that say nothing', by: ['tests'], reason: /says no plan/, make: tests('echo all is well') },
  {
    name: 'tests that are all left out',
    by: ['tests'],
    reason: /runs no test: 2 of 2 are left out/,
    make: tests("printf '1..2\\nok 1 # SKIP no device\\nok 2 # SKIP no device\\n'"),
  },
  {
    name: 'tests that end early',
    by: ['tests'],
    reason: /plans 5 tests and tells of 1/,
    make: tests("printf '1..5\\nok 1\\n'"),
  },
  {
    name: 'a test that fails',
    by: ['tests'],
    reason: /a test of make --silent check fails: 3 - its size/,
    make: folder => edit(folder, LIBRARY, 'buffer->size = create.size;', 'buffer->size = size;'),
  },
];

export const UNTRUE: readonly Untrue[] = [...parts, ...described, ...library, ...claims];
