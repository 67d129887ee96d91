import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { licenseOf } from './header.ts';

test('the licence is the SPDX tag, else MIT by its text', () => {
  assert.is(
    licenseOf('/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note\n *\n'),
    'GPL-2.0 WITH Linux-syscall-note',
  );
  assert.is(licenseOf('/* SPDX-License-Identifier: ((GPL-2.0 WITH x) OR MIT) */'), '(GPL-2.0 WITH x) OR MIT');
  assert.is(licenseOf(' * Permission is hereby granted, free of charge, to any person'), 'MIT');
  assert.is(licenseOf('int x;'), 'unknown');
});

test.run();
