import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DRM_PRELUDE } from '../../schemas/index.ts';
import { factsOfHeader } from '../extract/header.ts';
import { createParser } from '../extract/parser.ts';
import { readTap } from './library.ts';
import { isOpen } from './licences.ts';
import { itemsOf } from './undocumented.ts';

const HEADER = `/* SPDX-License-Identifier: MIT */
#include "drm.h"
/** struct drm_x_info - Information */
struct drm_x_info {
	/** @id: Number. */
	__u32 id;
	__u32 bare;
	__u32 trailing; /* Said behind it. */
};
struct drm_x_bare {
	__u32 pad;
};
/* SPDX-License-Identifier: MIT */
#define DRM_X_BARE 1
/* What it is. */
#define DRM_X_TOLD 2
#define DRM_X_TRAIL 3 // what it is
/**
 * DOC: values
 * %DRM_X_LISTED: from a list
 */

#define DRM_X_LISTED 4
#define DRM_X_INFO 0
#define DRM_IOCTL_X_INFO DRM_IOWR(DRM_COMMAND_BASE + DRM_X_INFO, struct drm_x_info)
#define DRM_IOCTL_X_BARE DRM_IOWR(DRM_COMMAND_BASE + 1, struct drm_x_bare)
`;

test('an item should be documented by a comment of its own, and by nothing else', async () => {
  const parser = await createParser();
  const from = { header: 'drm/x.h', text: HEADER, kernel: '0.0', package: 'file', version: '0' };
  const facts = factsOfHeader(from, parser, name => (name.endsWith('drm.h') ? DRM_PRELUDE : undefined));
  parser.delete();
  const items = itemsOf(facts, HEADER);
  assert.equal(
    items.filter(({ documented }) => !documented).map(({ name }) => name),
    ['drm_x_info.bare', 'drm_x_bare', 'drm_x_bare.pad', 'DRM_X_BARE', 'DRM_IOCTL_X_BARE'],
  );
  assert.is(items.length, 13);
});

test('a choice of licences should be open when one is, a sum when all are', () => {
  for (const open of ['MIT', 'GPL-2.0-only WITH Linux-syscall-note', '(LicenseRef-X OR MIT)', 'MIT AND ISC'])
    assert.ok(isOpen(open), open);
  for (const closed of [
    'LicenseRef-X',
    'MIT AND LicenseRef-X',
    'Proprietary OR LicenseRef-X',
    '',
    'MIT WITH X',
  ])
    assert.not.ok(isOpen(closed), closed);
});

test('TAP should be counted by its points, whatever else is printed', () => {
  const text = 'noise\n1..4\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP no device\nokay\nok 4\n';
  assert.equal(readTap(text), { planned: 4, passed: 2, failed: ['2 - b'], skipped: 1 });
  assert.is(readTap('all is well').planned, undefined);
});

test.run();
