/** The generated C headers: five compilers, C11 and C++17, beside the kernel's headers and in their place. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ABI_NAMES,
  type AbiName,
  catalogue,
  cHeaders,
  driverHeader,
  type Facts,
} from '../../schemas/index.ts';
import { committedVersion } from '../build/facts-for.ts';
import { fetchHeaders } from '../build/fetch-headers.ts';
import { compilerOf } from '../build/toolchains.ts';

const it = suite('c-headers');

const STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only'];
const drivers = [...catalogue().drivers.values()];

let folder = '';
/** A folder that holds drm/ of the newest headers; undefined when the mirror has another version than the facts. */
let include: string | undefined;

it.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-c-'));
  write(cHeaders(catalogue(), drivers), folder);
  const wanted = committedVersion();
  const found = await fetchHeaders(wanted);
  if (found.version === wanted) include = found.include;
  else
    console.log(
      `beside the kernel's headers: not compared, the mirror has ${found.version} and the facts are of ${wanted}`,
    );
});
it.after(() => rmSync(folder, { recursive: true }));

function write(files: ReadonlyMap<string, string>, to: string): void {
  for (const [name, text] of files) writeFileSync(join(to, name), text);
}

/** What the compiler says; nothing when it is content. */
function compile(compiler: string, words: readonly string[], text: string, ending = 'c'): string {
  const source = join(folder, `source.${ending}`);
  writeFileSync(source, `${text}\nint main(void) { return 0; }\n`);
  const { error, status, stderr } = spawnSync(compiler, [...STRICT, '-I', folder, ...words, source], {
    encoding: 'utf8',
  });
  if (error) return `${compiler}: ${error.message}`;
  return status === 0 ? '' : stderr;
}

const all = drivers.map(({ name }) => `#include "${driverHeader(name)}"`).join('\n');
const native = () => compilerOf('x86_64');

for (const abi of ABI_NAMES)
  it(`all of them should hold for ${abi} in C11`, () => {
    assert.is(compile(compilerOf(abi), ['-std=c11'], all), '');
  });

it('all of them should be C++17', () => {
  assert.is(compile('g++', ['-std=c++17'], all, 'cc'), '');
});

it('each should stand alone', () => {
  for (const { name } of drivers)
    assert.is(compile(native(), ['-std=c11'], `#include "${driverHeader(name)}"`), '', name);
});

it("after the kernel's own header its definitions should be those that are asserted, and before it they should be enough", () => {
  if (include === undefined) return;
  // The kernel's headers are no ISO C; only ours are looked at.
  const kernel = ['-std=gnu11', '-isystem', include];
  for (const { name, facts } of drivers.filter(driver => driver.facts.source.package === 'linux-libc-dev')) {
    const [own, theirs] = [`#include "${driverHeader(name)}"`, `#include <${facts.header}>`];
    assert.is(compile(native(), kernel, `#include <linux/types.h>\n${theirs}\n${own}`), '', `${name} after`);
    assert.is(compile(native(), kernel, `${own}\n${theirs}`), '', `${name} before`);
  }
});

/** The facts with the first member that is a __u32 made wider; the layouts stay those of the table. */
function seeded(facts: Facts): Facts {
  let changed = false;
  const types = facts.types.map(type => ({
    ...type,
    members: type.members.map(member => {
      if (changed || !('scalar' in member.type) || member.type.scalar !== '__u32') return member;
      changed = true;
      return { ...member, type: { scalar: '__u64' } };
    }),
  }));
  return { ...facts, types };
}

it("an error in the generator's types should not compile", () => {
  const driver = drivers.find(({ name }) => name === 'ethosu')!;
  const other = mkdtempSync(join(tmpdir(), 'accel-uapi-c-'));
  try {
    write(cHeaders(catalogue(), [{ ...driver, facts: seeded(driver.facts) }]), other);
    assert.match(
      compile(native(), ['-std=c11', '-I', other], `#include "${other}/${driverHeader('ethosu')}"`),
      /size of struct/,
    );
  } finally {
    rmSync(other, { recursive: true });
  }
});

const program = (abi: AbiName) => join(folder, `open-${abi}`);

it('opening a driver that is not there should say so in one sentence', () => {
  const source = join(folder, 'open.c');
  writeFileSync(
    source,
    `#include "${driverHeader('ethosu')}"
int main(void)
{
	struct accel_uapi_error error;

	if (ethosu_open("/dev/null", &error) != -1)
		return 1;
	puts(error.sentence);
	if (ethosu_open("/nowhere", &error) != -1)
		return 1;
	puts(error.sentence);
	return ethosu_open_device(&error) == -1 ? (puts(error.sentence), 0) : 1;
}
`,
  );
  const built = spawnSync(
    native(),
    ['-std=c11', '-Wall', '-Wextra', '-Werror', '-I', folder, '-o', program('x86_64'), source],
    { encoding: 'utf8' },
  );
  assert.is(built.status, 0, built.stderr);
  const { stdout, status } = spawnSync(program('x86_64'), [], { encoding: 'utf8' });
  assert.is(status, 0);
  assert.equal(stdout.trim().split('\n'), [
    '/dev/null: not a DRM node (VERSION: Inappropriate ioctl for device)',
    '/nowhere: No such file or directory',
    'ethosu: there is no node of it',
  ]);
});

it.run();
