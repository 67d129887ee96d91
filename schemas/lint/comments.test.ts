import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readComments } from './comments.ts';

const HEADER = `/**
 * struct drm_x_info - Information
 * @id: The number,
 *      in two lines.
 * @data.size: Inside.
 *
 * See @id.
 */
struct drm_x_info {
	__u32 id;
	struct {
		/** @size: Size of it. */
		__u32 size;
	} data;
};
/* @none: no kernel-doc */
struct drm_x_other {
	/**
	 * @pad: Must be zero.
	 */
	__u32 pad; /* struct drm_x_third { */
};
`;

test('comments should be told apart by struct and member, with their lines', () => {
  const { members } = readComments(HEADER);
  assert.equal(
    members.map(({ struct, member, text, line }) => `${struct}.${member}@${line}: ${text}`),
    [
      'drm_x_info.id@3: The number, in two lines.',
      'drm_x_info.data.size@5: Inside. See @id.',
      'drm_x_info.size@12: Size of it.',
      'drm_x_other.pad@19: Must be zero.',
    ],
  );
});

test('a title should be that of the struct behind the comment', () => {
  assert.equal(readComments(HEADER).structs, [{ title: 'drm_x_info', struct: 'drm_x_info', line: 1 }]);
});

test('names in the running text should be found, those before a colon not', () => {
  assert.equal(readComments(HEADER).mentions, [{ struct: 'drm_x_info', name: 'id', line: 7 }]);
});

test.run();
