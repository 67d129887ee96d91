import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differences, readPolicies } from './ynl-policies.ts';

const source = (type: string, flags: string, more = '') => `
static const struct nla_policy x_get_nl_policy[X_A_MAX + 1] = {
	[X_A_ID] = { .type = ${type}, },${more}
};
static const struct genl_split_ops x_nl_ops[] = {
	{
		.cmd		= X_CMD_GET,
		.pre_doit	= x_pre_doit,
		.policy		= x_get_nl_policy,
		.flags		= ${flags},
	},
};
`;

test('equal sources should not differ, whatever their hooks and columns', () => {
  const ours = source('NLA_U32', 'GENL_CMD_CAP_DO');
  const theirs = ours.replace('x_pre_doit', 'other').replaceAll('\t\t= ', '\t= ');
  assert.equal(differences(readPolicies(ours), readPolicies(theirs)), []);
  assert.equal([...readPolicies(ours).operations.keys()], ['X_CMD_GET do']);
});

test('another type, another flag and a missing attribute should show on both sides', () => {
  const ours = readPolicies(source('NLA_U32', 'GENL_CMD_CAP_DO'));
  assert.equal(differences(ours, readPolicies(source('NLA_U8', 'GENL_CMD_CAP_DO'))), [
    'x_get_nl_policy: ours [X_A_ID] = { .type = NLA_U32, },',
    'x_get_nl_policy: kernel [X_A_ID] = { .type = NLA_U8, },',
  ]);
  assert.equal(
    differences(ours, readPolicies(source('NLA_U32', 'GENL_ADMIN_PERM | GENL_CMD_CAP_DO'))).length,
    2,
  );
  assert.equal(
    differences(
      ours,
      readPolicies(source('NLA_U32', 'GENL_CMD_CAP_DO', '\n\t[X_A_B] = { .type = NLA_FLAG, },')),
    ),
    ['x_get_nl_policy: kernel [X_A_B] = { .type = NLA_FLAG, },'],
  );
});

test('what only the kernel has should be passed over, what only we have should show', () => {
  const ours = readPolicies(source('NLA_U32', 'GENL_CMD_CAP_DO'));
  assert.equal(differences(readPolicies(''), ours), []);
  assert.equal(differences(ours, readPolicies('')), [
    'x_get_nl_policy: only ours',
    'X_CMD_GET do: only ours',
  ]);
});

test.run();
