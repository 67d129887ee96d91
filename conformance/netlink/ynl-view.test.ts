import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoNumber, type Fields, netlinkFamilies } from '../../schemas/index.ts';
import { refusalOf, YnlView } from './ynl-view.ts';

const ras = new YnlView(netlinkFamilies().get('drm_ras')!);
const devlink = new YnlView(netlinkFamilies().get('devlink')!);
const node: Fields = [
  ['node-id', 1n],
  ['node-name', 'memory'],
  ['node-type', 1n],
];
const done = { kind: 'done', ack: { errno: 0 } } as const;
const reply = (operation: string, fields: Fields) =>
  ({ kind: 'reply', operation, fields, multi: false }) as const;

test('a number of an enum should be its name, and one without a name a number', () => {
  assert.equal(ras.fields('node-attrs', node.slice(2)), { 'node-type': 'error-counter' });
  assert.equal(ras.fields('node-attrs', [['node-type', 9n]]), { 'node-type': 9 });
});

test('bits should be names, in the order of the alphabet', () => {
  assert.equal(devlink.fields('devlink', [['reload-actions-performed', { value: 6, selector: 2 }]]), {
    'reload-actions-performed': { value: ['driver-reinit', 'fw-activate'], selector: ['driver-reinit'] },
  });
});

test('what may come again should be a list, and of what may not the last', () => {
  const version = (name: string): Fields => [['info-version-name', name]];
  const fields: Fields = [
    ['info-version-fixed', version('board')],
    ['dev-name', 'one'],
    ['dev-name', 'two'],
  ];
  assert.equal(devlink.fields('devlink', fields), {
    'info-version-fixed': [{ 'info-version-name': 'board' }],
    'dev-name': 'two',
  });
});

test('a dump should be a list, a do its answer or null, a refusal nothing', () => {
  const one = ras.fields('node-attrs', node);
  assert.equal(ras.answers('list-nodes', true, [reply('list-nodes', node), done]), [one]);
  assert.equal(ras.answers('list-nodes', true, [done]), []);
  assert.equal(ras.answers('clear-error-counter', false, [{ kind: 'ack', ack: { errno: 0 } }]), null);
  const refused = { errno: errnoNumber('ENOENT') };
  assert.is(ras.answers('get-error-counter', false, [{ kind: 'ack', ack: refused }]), undefined);
});

test('a refusal should be told with the words of the kernel and of the C library', () => {
  const errno = errnoNumber('EINVAL');
  assert.is(refusalOf({ errno }), 'Netlink error: Invalid argument');
  assert.is(refusalOf({ errno, message: 'no such thing' }), 'Netlink error: no such thing: Invalid argument');
});

test.run();
