import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseMirror } from './apt.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

test('the most frequent source that is not the security archive', () => {
  const lines = [
    'http://security.example/debian-security/|bookworm-security|$(SIGNED_BY)',
    'http://other.example/tool/|stable|$(SIGNED_BY)',
    'http://mirror.example/debian/|bookworm|$(SIGNED_BY)',
    'http://mirror.example/debian/|bookworm-updates|$(SIGNED_BY)',
    'http://mirror.example/debian/|bookworm|$(SIGNED_BY)',
    '',
  ];
  assert.equal(chooseMirror(lines.join('\n')), {
    uri: 'http://mirror.example/debian/',
    suites: ['bookworm', 'bookworm-updates'],
    keyring: KEYRING,
    security: [{ uri: 'http://security.example/debian-security/', suite: 'bookworm-security' }],
  });
});

test('the key file that the machine names for its mirror is used', () => {
  const mirror = chooseMirror('http://mirror.example/debian/|trixie|/etc/keys/own.pgp\n');
  assert.is(mirror?.keyring, '/etc/keys/own.pgp');
});

test('a key written out in full is no file', () => {
  const mirror = chooseMirror('http://mirror.example/debian/|trixie|-----BEGIN PGP PUBLIC KEY BLOCK-----\n');
  assert.is(mirror?.keyring, KEYRING);
});

test('security alone is no mirror', () => {
  assert.is(chooseMirror('http://mirror.example/debian-security/|bookworm-security|\n'), undefined);
  assert.is(chooseMirror(''), undefined);
});

test.run();
