import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { extractGenericFacts } from './generic.ts';
import { createTestParser } from './parser.test.helper.ts';

const parser = await createTestParser();

const source = { package: 'test', version: '1', sha256: '0'.repeat(64), license: 'MIT' };
test('a generic header holds the values of the architectures that have their own', () => {
  const text = `#ifndef O_DIR
#define O_DIR 0200
#endif
#define O_TEMP (04 | O_DIR)
#define O_CREAT 0100`;
  const own = '#define O_DIR (1 << 4)\n#define O_ARM 1\n#include <asm-generic/f.h>\n';
  const facts = extractGenericFacts(
    { header: 'asm-generic/f.h', text, parser, kernel: '7.3.4', source, include: () => text },
    abi => (abi === 'armhf' ? own : abi === 'aarch64' ? '#include <asm-generic/f.h>\n' : undefined),
  );
  assert.equal(facts.constants, [
    { name: 'O_DIR', value: 128, abi: { armhf: 16 }, line: 2 },
    { name: 'O_TEMP', value: 132, abi: { armhf: 20 }, line: 4 },
    { name: 'O_CREAT', value: 64, line: 5 },
  ]);
});

test.run();
