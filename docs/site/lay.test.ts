import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { packageRoot } from '../../conformance/index.ts';
import { checkSite } from './check-site.ts';
import { folderOf, LayError, layOut, VERSION_FILE } from './lay.ts';

function inFolder(use: (branch: string, site: (version: string) => string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-lay-'));
  const site = (version: string) => {
    const made = join(folder, `site-${version}`);
    const files = {
      'index.html': `<a href="./versions/">of ${version}</a>`,
      'style.css': '',
      'scheme.js': '',
      [VERSION_FILE]: JSON.stringify({ version, date: '2026-01-02' }),
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(made, name)), { recursive: true });
      writeFileSync(join(made, name), text);
    }
    return made;
  };
  try {
    use(join(folder, 'branch'), site);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a release should stay as it was, and every version should list all of them', () => {
  inFolder((branch, site) => {
    layOut(site('1.0.0'), branch, 'refs/heads/main');
    layOut(site('1.0.0'), branch, 'refs/tags/v1.0.0');
    layOut(site('1.10.0'), branch, 'refs/tags/v1.10.0');
    writeFileSync(join(branch, 'old.html'), '');
    writeFileSync(join(branch, 'CNAME'), 'here');
    const versions = layOut(site('1.11.0'), branch, 'refs/heads/main');
    assert.equal(
      versions.map(({ folder, version }) => [folder, version]),
      [
        ['', '1.11.0'],
        ['v1.10.0', '1.10.0'],
        ['v1.0.0', '1.0.0'],
      ],
    );
    const text = (path: string) => readFileSync(join(branch, path), 'utf8');
    assert.match(text('index.html'), /of 1\.11\.0/);
    assert.match(text('v1.0.0/index.html'), /of 1\.0\.0/);
    assert.not.ok(existsSync(join(branch, 'old.html')));
    assert.ok(existsSync(join(branch, 'CNAME')));
    assert.match(text('versions/index.html'), /href="\.\.\/v1\.0\.0\/"/);
    assert.match(text('v1.0.0/versions/index.html'), /href="\.\.\/\.\.\/v1\.10\.0\/"/);
    assert.match(text('v1.0.0/versions/index.html'), /href="\.\.\/"><strong>release v1\.0\.0/);
    const own = checkSite(branch).problems.filter(line => line.includes('versions/index.html: ../'));
    assert.equal(
      own.filter(line => /\.\.\/(?:v1\.\d+\.0\/)?(?: leads|$)/.test(line)),
      [],
    );
  });
});

test('a release that is there, a tag that is none and a site that was not built should be refused', () => {
  inFolder((branch, site) => {
    layOut(site('1.0.0'), branch, 'refs/tags/v1.0.0');
    assert.throws(() => layOut(site('1.0.1'), branch, 'refs/tags/v1.0.0'), /published already/);
    assert.throws(() => layOut(join(branch, 'none'), branch, 'refs/heads/main'), /npm run docs/);
  });
  assert.is(folderOf('refs/heads/main'), '');
  assert.throws(
    () => folderOf('refs/tags/../x'),
    (error: unknown) => error instanceof LayError,
  );
});

test('the workflow should call only scripts that are there, and keep what a release left', () => {
  const root = packageRoot();
  const { jobs, on } = parse(readFileSync(join(root, '.github/workflows/pages.yml'), 'utf8')) as {
    on: { push: { branches: string[]; tags: string[] } };
    jobs: Record<string, { steps: { run?: string; uses?: string }[] }>;
  };
  assert.equal(on.push, { branches: ['main'], tags: ['v*'] });
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const called = runs.flatMap(run => [...run.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!));
  assert.ok(called.includes('docs'));
  for (const name of called) assert.ok(name in scripts, name);
  const files = runs.flatMap(run => [...run.matchAll(/node dist\/(\S+)\.js/g)].map(([, name]) => name!));
  assert.equal(files, ['docs/site/publish']);
  for (const name of files) assert.ok(existsSync(join(root, `${name}.ts`)), name);
});

test.run();
