import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QemuError } from './errors.ts';
import { type ExactDependency, newestFirst, type PackageRecord, parsePackages } from './packages.ts';
import { runTool, TOOL_TIMEOUT_MS, ToolFailure } from './tools.ts';

/**
 * Suites that may hold a newer kernel than the machine's own; which of them does changes over time (sid was once older
 * than trixie-backports, and had no drivers/accel on arm64). By name: a mirror that caches may serve an outdated
 * index under the names of roles (`stable-backports`).
 */
const NEWER_SUITES = ['trixie', 'trixie-backports', 'sid'] as const;

/** Keys of every current suite, from the package debian-archive-keyring. */
const DEFAULT_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Index of four suites: 5 s beside a mirror; a slow line may need a minute or two. */
const UPDATE_TIMEOUT_MS = 180_000;
/** A kernel is about 100 MB. */
const DOWNLOAD_TIMEOUT_MS = 1_200_000;
/** No data for this long and apt gives up on a connection, in seconds. */
const STALL_TIMEOUT_S = 30;

/** Where the machine's own packages come from. */
export interface Mirror {
  readonly uri: string;
  /** Suites of that mirror the machine uses. */
  readonly suites: readonly string[];
  readonly keyring: string;
  /** Security archives that the machine uses: they hold kernels that the suites themselves do not have. */
  readonly security: readonly { readonly uri: string; readonly suite: string }[];
}

/**
 * Picks the mirror from the lines `URI|SUITE|KEYRING` of apt's index targets: the most frequent one that is not the
 * security archive, which has no newer suites.
 */
export function chooseMirror(lines: string): Mirror | undefined {
  const all = lines
    .split('\n')
    .map(line => line.split('|'))
    .filter(([uri, suite]) => uri && suite);
  const isSecurity = ([uri = '', suite = '']: readonly string[]) =>
    /-security\/?$/.test(uri) || suite.endsWith('-security');
  const security = [...new Set(all.filter(isSecurity).map(([uri, suite]) => `${uri}|${suite}`))].map(each => {
    const [uri, suite] = each.split('|');
    return { uri: uri!, suite: suite! };
  });
  const targets = all
    .filter(target => !isSecurity(target))
    .map(([uri, suite, keyring]) => ({ uri: uri!, suite: suite!, keyring: keyring ?? '' }));
  const count = (uri: string) => targets.filter(target => target.uri === uri).length;
  const [best] = [...targets].sort((a, b) => count(b.uri) - count(a.uri));
  if (best === undefined) return undefined;
  const ours = targets.filter(({ uri }) => uri === best.uri);
  // apt prints the format word itself when a source has no signed-by; a key may also stand there in full.
  const keyring = ours.find(target => /^\/\S+$/.test(target.keyring))?.keyring ?? DEFAULT_KEYRING;
  return { uri: best.uri, suites: [...new Set(ours.map(({ suite }) => suite))], keyring, security };
}

/** What makes apt-get print the lines that `chooseMirror` takes; it reads the machine's own files only. */
export const INDEX_TARGETS: readonly string[] = [
  'indextargets',
  '--format',
  '$(REPO_URI)|$(CODENAME)|$(SIGNED_BY)',
  'Created-By: Packages',
];

/** Asks apt for the mirror. Throws a QemuError `no-kernel` when apt has no source to start from. */
export async function findMirror(): Promise<Mirror> {
  const { stdout } = await runTool('apt-get', INDEX_TARGETS);
  const mirror = chooseMirror(stdout.toString('utf8'));
  if (mirror !== undefined) return mirror;
  throw new QemuError(
    'no-kernel',
    'apt has no Debian source to fetch a kernel from: add one to /etc/apt, or give a kernel image and its modules (--kernel, --module).',
  );
}

/** An apt of our own in `directory`: other suites of the mirror, one architecture, signatures verified. */
export interface PrivateApt {
  /** apt's complaint about a suite that could not be read; empty when all could. */
  readonly complaint: string;
  show(wanted: readonly (ExactDependency | string)[]): Promise<PackageRecord[]>;
  download(wanted: readonly ExactDependency[], directory: string): Promise<void>;
}

function configuration(directory: string, architectures: readonly string[]): string {
  const at = (name: string) => `"${join(directory, name)}"`;
  return [
    `Dir::Etc::SourceList ${at('sources.list')};`,
    `Dir::Etc::SourceParts ${at('empty')};`,
    // The preferences of the machine pin its own suites; here the newest version counts.
    'Dir::Etc::Preferences "/dev/null";',
    `Dir::Etc::PreferencesParts ${at('empty')};`,
    `Dir::State::Lists ${at('lists')};`,
    `Dir::State::Status ${at('status')};`,
    `Dir::Cache::Archives ${at('archives')};`,
    `Dir::Cache::pkgcache ${at('pkgcache.bin')};`,
    'Dir::Cache::srcpkgcache "";',
    `APT::Architecture "${architectures[0]}";`,
    // An index the mirror is just replacing fails the update: ask for no more than is needed.
    '#clear APT::Architectures;',
    `APT::Architectures { ${architectures.map(each => `"${each}"; `).join('')}};`,
    // Hooks of the machine's own apt have no business here.
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    `Acquire::http::Timeout "${STALL_TIMEOUT_S}";`,
    `Acquire::https::Timeout "${STALL_TIMEOUT_S}";`,
    // The directory belongs to the user who runs us; apt's own user may not be able to write there.
    'APT::Sandbox::User "root";',
    '',
  ].join('\n');
}

/**
 * Makes the private apt and reads the index of the mirror's own and newer suites. A suite that cannot be read is
 * left out with a complaint; only when none can be read is that an error. `foreign` is an architecture whose packages
 * can be asked for too, as NAME:ARCHITECTURE.
 */
export async function openPrivateApt(
  mirror: Mirror,
  directory: string,
  architecture: string,
  foreign?: string,
): Promise<PrivateApt> {
  for (const name of ['lists/partial', 'archives/partial', 'empty']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  const suites = [...new Set([...mirror.suites, ...NEWER_SUITES])];
  const architectures = foreign === undefined ? [architecture] : [architecture, foreign];
  const sources = [...suites.map(suite => ({ uri: mirror.uri, suite })), ...mirror.security].map(
    ({ uri, suite }) =>
      `deb [arch=${architectures.join(',')} signed-by=${mirror.keyring}] ${uri} ${suite} main\n`,
  );
  const conf = join(directory, 'apt.conf');
  writeFileSync(join(directory, 'sources.list'), sources.join(''));
  writeFileSync(join(directory, 'status'), '');
  writeFileSync(conf, configuration(directory, architectures));

  let complaint = '';
  try {
    // Without this a suite that failed in passing is only a warning and status 0.
    const args = ['-c', conf, '-q', '--error-on=any', 'update'];
    await runTool('apt-get', args, { timeoutMs: UPDATE_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    complaint = error.message;
  }
  return {
    complaint,
    async show(wanted) {
      const names = wanted.map(item => (typeof item === 'string' ? item : `${item.name}=${item.version}`));
      const { stdout } = await runTool('apt-cache', ['-c', conf, 'show', ...names]);
      return parsePackages(stdout.toString('utf8'));
    },
    async download(wanted, into) {
      const names = wanted.map(({ name, version }) => `${name}=${version}`);
      const options = { cwd: into, timeoutMs: DOWNLOAD_TIMEOUT_MS };
      await runTool('apt-get', ['-c', conf, '-q', 'download', ...names], options);
    },
  };
}

/** Versions from newest to oldest as dpkg orders them. */
export function sortVersions(versions: readonly string[]): Promise<string[]> {
  return newestFirst(versions, async (a, b) => {
    try {
      await runTool('dpkg', ['--compare-versions', a, 'gt', b], { timeoutMs: TOOL_TIMEOUT_MS });
      return true;
    } catch {
      return false;
    }
  });
}
